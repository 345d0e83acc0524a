"""Who gets what at the addresses of accounts; here also a clerk, whom docs/access.md does not have."""

import pytest
from django.test import Client

from accounts.domain import one_time_links
from accounts.models import OneTimeLink, User
from accounts.urls import urlpatterns
from mail.models import Mail

pytestmark = pytest.mark.django_db
KINDS = ("nobody", "alice", "bob", "teacher", "reader", "clerk", "staff", "program")
OPEN, SIGNED_IN, CLERKS = "open", "signed in", "clerks"
# The answers to a GET by kind: OPEN answers everybody; SIGNED_IN everybody who is signed in; CLERKS only those who may
# administer alice's account: a clerk (staff with the right to change people) and a superuser.
ADDRESSES = {
    "one-time-link": OPEN,
    "one-time-code": OPEN,
    "password-reset": OPEN,
    "password-reset-sent": OPEN,
    "profile": SIGNED_IN,
    "password": SIGNED_IN,
    "print-codes": CLERKS,
    "person-account": CLERKS,
    "person-close": CLERKS,
}
# Addresses that only take a POST, with what they change when somebody may not.
COMMANDS = ("person-invite", "person-close", "person-reopen", "print-codes", "browser-end")


@pytest.fixture
def browsers(person, client_of, alice, bob, teacher, clerk, staff, program):
    """A signed-in browser of each kind. A program has no session: it is one all the same here."""
    reader = person("reader", is_staff=True)
    people = {"alice": alice, "bob": bob, "teacher": teacher, "reader": reader, "clerk": clerk, "staff": staff}
    clients = {name: client_of(owner) for name, owner in people.items()}
    return {"nobody": Client(), **clients, "program": client_of(program)}


@pytest.fixture
def path_of(alice):
    secret = one_time_links.make(alice, OneTimeLink.Purpose.RESET, address=alice.email)[1]
    patterns = {pattern.name: str(pattern.pattern) for pattern in urlpatterns}
    return lambda name: "/" + patterns[name].replace("<str:secret>", secret).replace("<int:pk>", str(alice.pk))


@pytest.mark.parametrize("name", ADDRESSES)
def test_who_may_open_it(name, browsers, path_of):
    allowed = {
        OPEN: set(KINDS),
        SIGNED_IN: set(KINDS) - {"nobody"},
        CLERKS: {"clerk", "staff"},
    }[ADDRESSES[name]]
    for kind in KINDS:
        answer = browsers[kind].get(path_of(name))
        expected = 200 if kind in allowed else 302 if kind == "nobody" else 403
        assert answer.status_code == expected, f"{kind} opens {name}"
        if expected == 302:
            assert answer.url.startswith("/sign-in/")


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_changes_nothing_for_others(name, browsers, path_of, alice):
    fields = {"names": "alice", "mark": "", "way0": "cancel"}
    path = path_of(name)
    before = User.objects.order_by("pk").values_list("pk", "is_active", "password", "session_round")
    stored = list(before)
    for kind in set(KINDS) - {"clerk", "staff"}:
        answer = browsers[kind].post(path, fields)
        assert answer.status_code in ((302,) if kind == "nobody" or name == "browser-end" else (403,)), f"{kind} {name}"
        assert list(before) == stored and not Mail.objects.exists()
        assert OneTimeLink.objects.count() == 1


def test_a_page_of_an_account_that_does_not_exist_is_told_only_to_staff(browsers):
    for kind in KINDS:
        expected = {"nobody": 302, "reader": 404, "clerk": 404, "staff": 404}.get(kind, 403)
        assert browsers[kind].get("/people/999999/").status_code == expected, kind
