"""Closing and reopening accounts, with things that an account holds in a list of this test."""

import pytest
from django.test import Client
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from accounts import tokens
from accounts.domain import closing, one_time_codes, password_reset
from accounts.holdings import HeldThing, Holding, holdings_of, mark_of
from accounts.models import AuditEvent, OneTimeLink
from kernel.errors import Conflict
from mail.choices import choose
from mail.models import Mail, Notice
from mail.notices import notify

pytestmark = pytest.mark.django_db
BOXES: list[str] = []  # that every person holds
SETTLED: list[tuple[str, str]] = []
REFRESHED: list[bool] = []


def boxes(person):
    """The holdings of this test: boxes that can be thrown away or given."""

    def settle(_actor, _person, way, heir):
        if way == "fail":
            raise Conflict("stuck", "The boxes are stuck.")
        SETTLED.append((way, heir.username if heir else ""))
        BOXES.clear()

    ways = {"throw": "Throw them away", "give": "Give them to somebody", "fail": "Break them"}
    things = [HeldThing(name, "heavy", "/farm/") for name in BOXES]
    hands_over = frozenset({"give"})
    refresh = lambda owner: REFRESHED.append(owner.is_active)  # noqa: E731
    return [Holding("test.boxes", "Boxes", "These boxes", things, ways, settle, hands_over, refresh)]


@pytest.fixture(autouse=True)
def _boxes(settings):
    settings.ACCOUNT_HOLDINGS = [f"{__name__}.boxes"]
    BOXES[:], SETTLED[:], REFRESHED[:] = ["Red box", "<Blue> box"], [], []


def close(client, person, **fields):
    path = f"/people/{person.pk}/close/"
    page = client.get(path)
    mark = page.context["mark"]
    return client.post(path, {"mark": mark, "way0": "throw", "heir0": "", "reason": "left", **fields}, follow=True)


def is_closed(person):
    person.refresh_from_db()
    return not person.is_active


def test_the_page_names_what_the_person_holds_before(client_of, staff, alice):
    page = client_of(staff).get(f"/people/{alice.pk}/close/").content.decode()
    assert "Red box" in page and "&lt;Blue&gt; box" in page and "Throw them away" in page
    assert not SETTLED and not is_closed(alice)


def test_closing_settles_as_chosen_and_ends_sessions_tokens_and_links(client_of, api, staff, alice, link_to):
    browser = Client()
    browser.post("/sign-in/", {"username": "alice", "password": "atelier-demo"})
    token = str(tokens.issue(alice).access_token)
    api.post("/api/v1/token/", {"username": "alice", "password": "atelier-demo"})
    code = one_time_codes.issue(staff, [alice])[0].code
    password_reset.send_to(alice)
    reset = link_to(alice, "accounts.password_reset")
    page = close(client_of(staff), alice)
    assert "The account of Alice Martin is closed." in page.content.decode()
    assert "Alice Martin (closed)" in page.content.decode()
    assert is_closed(alice) and SETTLED == [("throw", "")]
    assert browser.get("/").status_code == 302
    assert browser.post("/sign-in/", {"username": "alice", "password": "atelier-demo"}).status_code == 200
    assert api.get("/api/v1/farm/reservations/", HTTP_AUTHORIZATION=f"Bearer {token}").status_code == 401
    assert not OutstandingToken.objects.filter(user=alice, blacklistedtoken=None).exists()
    assert "This account is closed" in Client().get(reset).content.decode()
    fields = {"username": "alice", "code": code, "password": "four words will do"}
    assert Client().post("/code/", fields).status_code == 422
    assert not OneTimeLink.objects.filter(used_at=None, ended_as="").exists()
    assert not Mail.objects.exclude(path="").exists()
    event = AuditEvent.objects.get(verb="accounts.close")
    assert (event.actor, event.after, event.reason) == (staff, {"test.boxes": "throw"}, "left")


def test_things_are_handed_over_to_a_person_with_an_open_account(client_of, staff, alice, bob, person, program):
    client = client_of(staff)
    person("gone", is_active=False)
    for heir, sentence in (
        ("", "Enter the user name of the other person."),
        ("nobody", "Nobody else here has this user name"),
        ("alice", "Nobody else here has this user name"),
        ("gone", "Nobody else here has this user name"),
        ("program", "Nobody else here has this user name"),
    ):
        assert sentence in close(client, alice, way0="give", heir0=heir).content.decode()
    assert not is_closed(alice) and not SETTLED
    close(client, alice, way0="give", heir0="bob")
    assert is_closed(alice) and SETTLED == [("give", "bob")]


def test_a_refused_way_closes_nothing(client_of, staff, alice):
    page = close(client_of(staff), alice, way0="fail")
    assert page.status_code == 422 and "The boxes are stuck." in page.content.decode()
    assert not is_closed(alice) and not AuditEvent.objects.exists()


def test_what_came_meanwhile_is_shown_before_anything_is_done(client_of, staff, alice):
    client = client_of(staff)
    mark = client.get(f"/people/{alice.pk}/close/").context["mark"]
    BOXES.append("New box")
    page = client.post(f"/people/{alice.pk}/close/", {"mark": mark, "way0": "throw"})
    assert "Something has changed in the meantime" in page.content.decode() and "New box" in page.content.decode()
    assert not is_closed(alice) and not SETTLED
    client.post(f"/people/{alice.pk}/close/", {"mark": page.context["mark"], "way0": "throw"})
    assert is_closed(alice)


def test_a_way_that_is_not_offered_is_refused(client_of, staff, alice):
    assert close(client_of(staff), alice, way0="burn").status_code == 422
    assert not is_closed(alice) and not SETTLED


def test_an_account_that_holds_nothing_is_closed_too(client_of, staff, alice):
    BOXES.clear()
    assert "holds no coming booking" in client_of(staff).get(f"/people/{alice.pk}/close/").content.decode()
    close(client_of(staff), alice)
    assert is_closed(alice)


def test_closing_twice_closes_once(client_of, staff, alice):
    client = client_of(staff)
    mark = client.get(f"/people/{alice.pk}/close/").context["mark"]
    for _ in range(2):
        answer = client.post(f"/people/{alice.pk}/close/", {"mark": mark, "way0": "throw"})
        assert answer.url == f"/people/{alice.pk}/"
    assert AuditEvent.objects.filter(verb="accounts.close").count() == 1


def test_an_account_is_opened_again_with_its_password(client_of, staff, alice):
    client = client_of(staff)
    close(client, alice)
    page = client.post(f"/people/{alice.pk}/reopen/", follow=True).content.decode()
    assert "The account of Alice Martin is open again." in page and not is_closed(alice)
    assert Client().post("/sign-in/", {"username": "alice", "password": "atelier-demo"}).status_code == 302
    assert AuditEvent.objects.get(verb="accounts.reopen").actor == staff
    assert "open already" in client.post(f"/people/{alice.pk}/reopen/", follow=True).content.decode()


def test_open_pages_are_notified_of_both(client_of, staff, alice):
    close(client_of(staff), alice)
    BOXES.append("Left box")
    client_of(staff).post(f"/people/{alice.pk}/reopen/")
    assert REFRESHED == [False, True]


def test_nobody_closes_their_own_account_or_one_with_more_rights(client_of, staff, clerk, program):
    for actor, owner in ((staff, staff), (clerk, clerk), (clerk, staff), (clerk, program)):
        for verb in ("close", "reopen"):
            client_of(actor).post(f"/people/{owner.pk}/{verb}/", {"mark": "", "way0": "throw"})
        assert client_of(actor).get(f"/people/{owner.pk}/close/").status_code == 403
        assert not is_closed(owner)


def test_staff_invite_from_the_page_of_an_account(client_of, staff, alice, newcomer):
    client = client_of(staff)
    page = client.get(f"/people/{newcomer.pk}/").content.decode()
    assert "Never sent" in page and f"/people/{newcomer.pk}/invite/" in page
    sent = client.post(f"/people/{newcomer.pk}/invite/", follow=True).content.decode()
    assert "The invitation to ama@school.example will be sent now." in sent and "Invite again" in sent
    assert Mail.objects.get().person == newcomer
    assert f"/people/{alice.pk}/invite/" not in client.get(f"/people/{alice.pk}/").content.decode()
    refused = client.post(f"/people/{alice.pk}/invite/", follow=True).content.decode()
    assert "has a password already" in refused and Mail.objects.count() == 1


def test_notices_that_wait_do_not_leave_for_a_closed_account(staff, alice):
    BOXES.clear()
    about = {"key": "k", "template": "courses/mail/added.txt", "context": {}, "path": "/"}
    notify(alice, "courses.added", **about)
    choose(alice.pk, {"courses.added": "daily"})
    notify(alice, "courses.added", **about | {"key": "other"})
    assert (Mail.objects.count(), Notice.objects.count()) == (1, 1)
    closing.close(staff, alice, mark=mark_of(holdings_of(alice)), ways={}, heirs={})
    assert (Mail.objects.count(), Notice.objects.count()) == (0, 0)
