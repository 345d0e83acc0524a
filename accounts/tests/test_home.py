"""The home page of each role, and what changed."""

import re

import pytest

from accounts import activity
from accounts.audit import record

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("who", "words"),
    [("alice", "Nothing to do yet"), ("teacher", "No course yet"), ("staff", "Nothing waits for you")],
)
def test_each_role_has_an_empty_home_with_one_way_on(request, client_of, settings, who, words):
    settings.HOME_CARDS = {"main": [], "aside": []}
    user = request.getfixturevalue(who)
    page = client_of(user).get("/").content.decode()
    assert words in page
    assert page.count("btn-primary") == 1
    assert f"Hello {user.first_name}" in page


def test_staff_see_how_many_people_there_are(client_of, staff, alice, bob, program):
    page = client_of(staff).get("/").content.decode()
    assert re.search(r"kind__exact=student[^>]*>\s*2\s*<", page)
    assert re.search(r"kind__exact=service[^>]*>\s*1\s*<", page)


def a_card(request):
    return f"<p>card of {request.user.username}</p>"


def no_card(request):
    return ""


def test_the_areas_fill_the_home_without_being_imported_by_it(client_of, alice, settings):
    here = __name__
    settings.HOME_CARDS = {"main": [f"{here}.no_card", f"{here}.a_card"], "aside": [f"{here}.no_card"]}
    page = client_of(alice).get("/").content.decode()
    assert "card of alice" in page
    assert "Nothing to do yet" not in page


def changes(client) -> str:
    return client.get("/what-changed/").content.decode()


@pytest.fixture(autouse=True)
def _the_farm_names_its_verb(monkeypatch):
    monkeypatch.setitem(activity.NAMES, "farm.book", "Booking made")


def test_a_person_sees_what_they_did_and_what_happens_on_the_farm_and_no_more(client_of, alice, bob, staff):
    record(alice, "accounts.password", f"user:{alice.pk}")
    record(bob, "farm.book", "reservation:12")
    record(bob, "accounts.password", f"user:{bob.pk}")
    assert "Password changed" in changes(client_of(alice))
    assert "Booking made" in changes(client_of(alice))
    assert "Bob Martin" in changes(client_of(alice))
    assert changes(client_of(alice)).count("Password changed") == 1
    assert changes(client_of(staff)).count("Password changed") == 2


def test_where_the_farm_hides_names_a_person_sees_their_own_steps_alone(client_of, alice, bob, staff, settings):
    settings.FARM_NAMES = "staff"
    record(bob, "farm.book", "reservation:12")
    assert "Bob Martin" not in changes(client_of(alice))
    assert "Bob Martin" in changes(client_of(bob)) and "Bob Martin" in changes(client_of(staff))


def test_what_staff_did_to_a_person_is_shown_to_that_person(client_of, alice, bob, staff):
    record(staff, "accounts.role", f"user:{alice.pk}")
    assert "Role changed" in changes(client_of(alice))
    assert "Role changed" not in changes(client_of(bob))


def test_a_verb_without_a_name_stays_in_the_trail(client_of, alice):
    record(alice, "farm.secret", "reservation:1")
    assert "farm.secret" not in changes(client_of(alice))


def test_the_same_step_again_and_again_is_one_line_with_a_count(client_of, alice):
    for number in range(5):
        record(alice, "farm.book", f"reservation:{number}")
    fragment = changes(client_of(alice))
    assert fragment.count("Booking made") == 1
    assert ">5<" in fragment


def test_the_fragment_is_the_card_alone_and_asks_for_itself_again(client_of, alice):
    fragment = changes(client_of(alice))
    assert "<html" not in fragment
    assert f'data-live="farm person:{alice.pk}"' in fragment
    assert 'hx-get="/what-changed/"' in fragment


def test_a_stranger_sees_nothing_of_it(client, db):
    assert client.get("/what-changed/").status_code == 302


def test_the_list_costs_the_same_with_many_changes(client_of, alice, assert_flat):
    client = client_of(alice)
    record(alice, "farm.book", "reservation:1")
    assert_flat(
        lambda: client.get("/what-changed/"),
        lambda: [record(alice, "farm.book", f"reservation:{n}") for n in range(30)],
    )
