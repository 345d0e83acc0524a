"""The card of calendar addresses, the form of a new one, and revoking it."""

import re
from datetime import timedelta

import pytest

from calendars.models import CalendarAddress, open_addresses

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("events")]
NEW, ACCOUNT = "/account/calendar-addresses/new/", "/account/"


def card_of(client):
    text = client.get(ACCOUNT).content.decode()
    return re.search(r'<section class="at-card" id="calendars".*?</section>', text, re.DOTALL)[0]


def form_key(client):
    return re.search(r'name="form_key" value="([^"]+)"', client.get(NEW).content.decode())[1]


def make(client, calendar="own"):
    answer = client.post(NEW, {"calendar": calendar, "form_key": form_key(client)})
    assert answer.status_code == 200
    return re.search(r'id="calendar-address">([^<]+)<', answer.content.decode())[1]


def test_the_whole_address_is_shown_once_and_works(alice, client_of, read):
    client = client_of(alice)
    assert "No address yet" in card_of(client)
    url = make(client)
    assert url.startswith("http") and url.endswith(".ics")
    path = "/calendars/" + url.rpartition("/")[2]
    assert read(path).status_code == 200
    card = card_of(client)
    assert url not in card
    assert url[: -len(".ics") - 37] + "….ics" in card


def test_the_card_says_who_read_an_address_and_when(alice, client_of, path_for, read, clock):
    client, path = client_of(alice), path_for(alice)
    assert "never read" in card_of(client)
    read(path, user_agent="Mozilla/5.0 Thunderbird/128.0")
    clock.shift(timedelta(minutes=20))
    assert "read 20\xa0minutes ago by Thunderbird" in card_of(client)


def test_a_name_that_an_app_gives_itself_is_shown_as_text(alice, client_of, path_for, read):
    read(path_for(alice), user_agent="<script>alert(1)</script>")
    assert CalendarAddress.objects.get().read_by == ""
    CalendarAddress.objects.update(read_by="<b>x</b>")
    assert "&lt;b&gt;x&lt;/b&gt;" in card_of(client_of(alice))


def test_a_course_can_be_chosen_and_an_address_of_a_course_that_one_left_says_so(alice, bob, client_of, courses):
    courses[7] = ("Systems & <Networks>", ["alice"], [])
    client = client_of(alice)
    make(client, "7")
    assert "Deadlines of Systems &amp; &lt;Networks&gt;" in card_of(client)
    courses[7] = ("Systems", [], [])
    card = card_of(client)
    assert "A course that you are no longer in" in card
    assert "no longer works" in card
    assert "Systems" not in card
    answer = client.post(NEW, {"calendar": "7", "form_key": "k"})
    assert answer.status_code == 422


def test_a_form_with_an_error_says_what_is_wrong(alice, client_of):
    client = client_of(alice)
    for data in ({"calendar": "x", "form_key": "k"}, {"calendar": "own"}, {"form_key": "k"}):
        assert client.post(NEW, data).status_code == 422
    for number in range(21):
        answer = client.post(NEW, {"calendar": "own", "form_key": str(number)})
    assert answer.status_code == 422
    assert "You have 20 addresses" in answer.content.decode()


def test_an_address_is_revoked_by_its_own_person_only(alice, bob, staff, client_of, client, path_for, read):
    path = path_for(alice)
    address = f"/account/calendar-addresses/{CalendarAddress.objects.get().pk}/revoke/"
    for user in (bob, staff):
        assert client_of(user).post(address).status_code == 404
    assert client.post(address).status_code == 302, "to the sign-in page"
    assert client_of(alice).get(address).status_code == 302
    assert read(path).status_code == 200
    for _ in range(2):
        answer = client_of(alice).post(address, follow=True)
        assert "The address was revoked" in answer.content.decode()
    assert read(path).status_code == 410
    assert not open_addresses(alice).exists()


def test_nobody_sees_the_addresses_of_somebody_else(alice, staff, client_of, path_for):
    path_for(alice)
    beginning = CalendarAddress.objects.get().beginning
    assert beginning in card_of(client_of(alice))
    assert "No address yet" in card_of(client_of(staff))


def test_the_account_page_needs_the_same_queries_for_many_addresses(alice, client_of, path_for, courses, assert_flat):
    courses[7] = ("Systems", ["alice"], [])
    path_for(alice, 7)
    client = client_of(alice)

    def grow():
        for number in range(10):
            path_for(alice, 7, form_key=f"more {number}")

    assert_flat(lambda: client.get(ACCOUNT), grow)
