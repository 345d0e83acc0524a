"""The home page of each role, and its list of recent changes."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts import recent_activity
from accounts.audit import record

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("role", "text"),
    [("alice", "Nothing to do yet"), ("teacher", "No course yet"), ("staff", "Nothing needs you now")],
)
def test_the_empty_home_page_of_each_role_has_one_main_button(request, client_of, settings, role, text):
    settings.HOME_CARDS = {"main": [], "aside": []}
    user = request.getfixturevalue(role)
    page = client_of(user).get("/").content.decode()
    assert text in page
    assert page.count("btn-primary") == 1
    assert f"Hello {user.first_name}" in page


def test_staff_see_the_number_of_people_by_kind(client_of, staff, person, alice, bob, program):
    person("second", is_staff=True)  # of the kind "student", as everybody who is no teacher, and yet not counted
    page = client_of(staff).get("/").content.decode()
    assert re.search(r"kind__exact=student[^>]*>\s*2\s*<", page)
    assert re.search(r"kind__exact=service[^>]*>\s*1\s*<", page)


def a_card(request):
    return f"<p>card of {request.user.username}</p>"


def no_card(request):
    return ""


def test_the_cards_of_the_home_page_come_from_settings(client_of, alice, settings):
    module = __name__
    settings.HOME_CARDS = {"main": [f"{module}.no_card", f"{module}.a_card"], "aside": [f"{module}.no_card"]}
    page = client_of(alice).get("/").content.decode()
    assert "card of alice" in page
    assert "Nothing to do yet" not in page


def changes(client) -> str:
    return client.get("/what-changed/").content.decode()


@pytest.fixture(autouse=True)
def _farm_event_title(monkeypatch):
    monkeypatch.setitem(recent_activity.EVENT_TITLES, "farm.book", "Booking made")


def test_a_person_sees_their_own_events_and_not_those_of_others(client_of, alice, bob, staff):
    record(alice, "accounts.password", f"user:{alice.pk}")
    record(bob, "farm.book", "reservation:12")
    record(bob, "accounts.password", f"user:{bob.pk}")
    assert changes(client_of(alice)).count("Password changed") == 1
    assert "Bob Martin" not in changes(client_of(alice))


def test_staff_see_everything_but_what_others_do_with_their_own_things(client_of, alice, bob, staff):
    record(bob, "farm.book", "reservation:12")
    record(bob, "accounts.password", f"user:{bob.pk}")
    record(staff, "farm.book", "reservation:13")
    record(bob, "farm.close", "resource:3")
    page = changes(client_of(staff))
    assert "Machine closed" in page
    assert page.count("Booking made") == 1 and "Password changed" not in page


def test_events_older_than_a_month_are_no_news(client_of, alice):
    with time_machine.travel(timezone.now() - timedelta(days=31)):
        record(alice, "accounts.password", f"user:{alice.pk}")
    assert "Password changed" not in changes(client_of(alice))


def test_a_person_sees_what_staff_did_to_them(client_of, alice, bob, staff):
    record(staff, "accounts.role", f"user:{alice.pk}")
    assert "Role changed" in changes(client_of(alice))
    assert "Role changed" not in changes(client_of(bob))


def test_an_event_without_a_title_is_not_listed(client_of, alice):
    record(alice, "farm.secret", "reservation:1")
    assert "farm.secret" not in changes(client_of(alice))


def test_equal_events_in_a_row_are_one_line_with_a_count(client_of, alice):
    for number in range(5):
        record(alice, "farm.book", f"reservation:{number}")
    fragment = changes(client_of(alice))
    assert fragment.count("Booking made") == 1
    assert ">5<" in fragment


def test_the_fragment_is_only_the_card_and_is_fetched_again_on_a_change(client_of, alice):
    fragment = changes(client_of(alice))
    assert "<html" not in fragment
    assert f'data-live="farm person:{alice.pk}"' in fragment
    assert 'hx-get="/what-changed/"' in fragment


def test_the_list_needs_a_login(client, db):
    assert client.get("/what-changed/").status_code == 302


def test_the_list_needs_the_same_number_of_queries_with_many_events(client_of, alice, assert_flat):
    client = client_of(alice)
    record(alice, "farm.book", "reservation:1")
    assert_flat(
        lambda: client.get("/what-changed/"),
        lambda: [record(alice, "farm.book", f"reservation:{n}") for n in range(30)],
    )
