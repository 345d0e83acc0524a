"""The browsers in which a person is signed in: their names, when they were seen, and signing them out."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.domain import signed_in_browsers
from accounts.domain.user_agents import browser_name, system_name
from accounts.models import AuditEvent, SignedInBrowser
from accounts.retention import delete_expired

pytestmark = pytest.mark.django_db
PASSWORD = "atelier-demo"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0"
PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 "
    "Mobile/15E148 Safari/604.1"
)


@pytest.fixture(autouse=True)
def _nothing_remembered():
    signed_in_browsers.LAST_SEEN.clear()


def signed_in(agent=FIREFOX, name="alice"):
    client = Client(HTTP_USER_AGENT=agent)
    assert client.post("/sign-in/", {"username": name, "password": PASSWORD}).status_code == 302
    return client


def rows(client):
    return [(row.browser, row.system) for row in client.get("/account/").context["browsers"]]


@pytest.mark.parametrize(
    ("agent", "names"),
    [
        (FIREFOX, ("Firefox", "Linux")),
        (PHONE, ("Safari", "iPhone")),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/141.0 Safari/537.36",
            ("Chrome", "Windows"),
        ),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/141.0 Safari/537.36 Edg/141.0", ("Edge", "Windows")),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605 Version/18 Safari/605", ("Safari", "macOS")),
        ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537 Chrome/141.0 Mobile Safari/537", ("Chrome", "Android")),
        ("curl/8.5", ("", "")),
        ("", ("", "")),
        ("<script>alert(1)</script>", ("", "")),
    ],
)
def test_a_browser_is_named_by_its_header(agent, names):
    assert (browser_name(agent), system_name(agent)) == names


def test_the_account_page_lists_this_browser_first_and_the_others(alice, bob):
    phone, here = signed_in(PHONE), signed_in()
    signed_in(name="bob")
    assert rows(here) == [("Firefox", "Linux"), ("Safari", "iPhone")]
    assert rows(phone) == [("Safari", "iPhone"), ("Firefox", "Linux")]
    page = here.get("/account/").content.decode()
    assert "this one, now" in page and page.count("/end/") == 1


def test_another_browser_is_signed_out_alone(alice):
    phone, here, third = signed_in(PHONE), signed_in(), signed_in("curl/8")
    pk = SignedInBrowser.objects.get(browser="Safari").pk
    assert here.post(f"/account/browsers/{pk}/end/").url == "/account/"
    assert phone.get("/").status_code == 302
    assert here.get("/").status_code == third.get("/").status_code == 200
    assert rows(here) == [("Firefox", "Linux"), ("", "")]
    assert AuditEvent.objects.get(verb="accounts.end_session").actor == alice
    again = here.post(f"/account/browsers/{pk}/end/", follow=True)
    assert "signed out already" in again.content.decode()


def test_nobody_ends_the_session_of_somebody_else(alice, bob):
    alices, bobs = signed_in(), signed_in(name="bob")
    pk = SignedInBrowser.objects.get(person=alice).pk
    bobs.post(f"/account/browsers/{pk}/end/")
    assert alices.get("/").status_code == 200


def test_signing_out_everywhere_and_a_new_password_leave_this_browser_alone_in_the_list(alice):
    signed_in(PHONE)
    here = signed_in()
    here.post("/account/sign-out-everywhere/")
    assert rows(here) == [("Firefox", "Linux")]
    signed_in(PHONE)
    words = {"old_password": PASSWORD, "new_password1": "a long and new one", "new_password2": "a long and new one"}
    assert here.post("/account/password/", words).status_code == 302
    assert rows(here) == [("Firefox", "Linux")]
    other = Client(HTTP_USER_AGENT=PHONE)
    other.post("/sign-in/", {"username": "alice", "password": "a long and new one"})
    assert rows(other) == [("Safari", "iPhone"), ("Firefox", "Linux")]  # the new key of that session is known


def test_a_browser_that_signed_out_leaves_the_list(alice):
    phone, here = signed_in(PHONE), signed_in()
    phone.post("/sign-out/")
    assert rows(here) == [("Firefox", "Linux")]


def test_the_last_use_is_written_at_most_once_an_hour(alice, queries_of):
    now = timezone.now()
    with time_machine.travel(now, tick=False) as clock:
        client = signed_in()
        writes = [query for query in queries_of(lambda: client.get("/account/notices/")) if "UPDATE" in query]
        assert writes == []
        clock.shift(timedelta(minutes=61))
        signed_in_browsers.LAST_SEEN.clear()  # as in another process
        for expected in (1, 0):
            queries = queries_of(lambda: client.get("/account/notices/"))
            assert len([query for query in queries if "accounts_signedinbrowser" in query]) == expected
        assert SignedInBrowser.objects.get().seen_at == now + timedelta(minutes=61)


def test_old_rows_are_deleted(alice, settings):
    signed_in()
    with time_machine.travel(timezone.now() + timedelta(days=13), tick=False):
        delete_expired()
        assert SignedInBrowser.objects.count() == 1
    with time_machine.travel(timezone.now() + timedelta(seconds=settings.SESSION_COOKIE_AGE + 60), tick=False):
        delete_expired()
    assert not SignedInBrowser.objects.exists()


def test_the_account_page_needs_the_same_queries_for_any_number_of_browsers(alice, assert_flat):
    here = signed_in()
    signed_in(PHONE)
    assert_flat(lambda: here.get("/account/"), lambda: [signed_in(PHONE) for _ in range(5)], limit=12)
