"""The card of a booking: what each reader sees on it, and its buttons."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest

from farm.domain import booking, machines
from farm.models import Project, Reservation
from farm.models.states import HOLDING, State
from farm.rules.limits import RequestedAllocation
from farm.tests.conftest import at

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]


def open_card(client, row, **query):
    answer = client.get(f"/farm/bookings/{row.pk}/card/", query)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.content.decode())


def spans_of(page, panel):
    """Return the spans that the buttons of a panel ask for, by the text of the button."""
    part = page.split(f'id="{panel}"')[1].split("</div>")[0]
    forms = re.findall(r'name="start" value="([^"]*)">.*?name="end" value="([^"]*)">.*?type="submit">([^<]*)<', part)
    return {words: (start, end) for start, end, words in forms}


def test_the_card_of_an_own_booking_shows_its_facts_and_gpu_hours(take, alice, client_of):
    take(alice, 13, 15, 4)
    page = open_card(client_of(alice), take(alice, 9, 12, 2, 3, purpose="thesis"))
    facts = ["thesis", "Confirmed", "yours", "2 of 12 GPU, 3 of 16 GB", "Mon 7 Jan 10:00", "3 hours (Europe/Paris)"]
    for words in [*facts, "6 GPU-hours; you hold 14 this month"]:
        assert words in page
    assert "<html" not in page


WORDS = {
    "draft": "Draft", "pending": "Pending", "confirmed": "Confirmed", "active": "Confirmed", "finished": "Finished",
    "cancelled": "Cancelled", "rejected": "Refused", "released": "Given back", "displaced": "Displaced by maintenance",
    "expired": "Expired",
}  # fmt: skip


@pytest.mark.parametrize("state", State.values)
def test_there_is_a_card_in_every_state(take, alice, bob, client_of, state):
    """A page that is still open may show a booking that was displaced since: its card says so."""
    row = take(alice, 9, 12, 2)
    Reservation.objects.filter(pk=row.pk).update(state=state)
    row.lines.update(held=state in HOLDING)
    for reader in (alice, bob):
        assert f"</svg>{WORDS[state]}</span>" in open_card(client_of(reader), row)


def test_only_hours_of_this_month_count_for_the_month(take, alice, client_of, frozen):
    frozen.move_to(at(8, day=31))
    first = machines.add_machine(actor=None, name="first", gpu_count=4, memory_gb=8)
    start, end = at(9, day=31), at(9, day=1).replace(month=2)
    booking.book(actor=None, owner=alice, start=start, end=end, allocations=[RequestedAllocation(first.pk, 1, 0)])
    assert "24 GPU-hours; you hold 14 this month" in open_card(
        client_of(alice), Reservation.objects.get()
    )  # to 23:00 UTC


def test_the_buttons_extend_shorten_and_move_the_booking(take, alice, bob, client_of):
    row = take(alice, 9, 12, 8)
    take(bob, 15, 16, 8)
    page = open_card(client_of(alice), row, next="/farm/?day=2030-01-07")
    extend, shorten, moves = (spans_of(page, f"card-{name}") for name in ("extend", "shorten", "move"))
    start = "2030-01-07T09:00:00+00:00"
    assert extend == {
        "by 1 hour": (start, "2030-01-07T13:00:00+00:00"),
        "to Mon 7 Jan 16:00, when the next one begins": (start, "2030-01-07T15:00:00+00:00"),
    }
    assert shorten == {
        "by 1 hour": (start, "2030-01-07T11:00:00+00:00"),
        "to half": (start, "2030-01-07T10:30:00+00:00"),
    }
    assert moves["30 min earlier"] == ("2030-01-07T08:30:00+00:00", "2030-01-07T11:30:00+00:00")
    assert moves["start 30 min later"] == ("2030-01-07T09:30:00+00:00", "2030-01-07T12:00:00+00:00")
    assert len(moves) == 4
    assert "Cancel booking" in page and "Give back" not in page
    assert page.count('name="next" value="/farm/?day=2030-01-07"') == page.count("<form")


def test_each_button_does_what_it_says(take, alice, client_of):
    row = take(alice, 9, 12, 8)
    client = client_of(alice)
    clicks = 0
    for panel in ("card-extend", "card-shorten", "card-move"):
        for start, end in spans_of(open_card(client, row), panel).values():
            clicks += 1
            row.refresh_from_db()
            values = {"start": start, "end": end, "version": row.version}
            client.post(f"/farm/bookings/{row.pk}/move/", values)
            row.refresh_from_db()
            assert (row.start.isoformat(), row.end.isoformat()) == (start, end)
    assert clicks == 7


def test_a_running_booking_can_be_extended_shortened_or_given_back_but_not_moved(take, alice, client_of, frozen):
    row = take(alice, 9, 12, 8)
    frozen.move_to(at(11.5))
    page = open_card(client_of(alice), row)
    assert "Running" in page and "Give back" in page and "Cancel booking" not in page
    assert 'id="card-move"' not in page
    assert 'id="card-shorten"' not in page  # an hour less would be past


def test_a_finished_booking_has_no_buttons(take, alice, client_of, frozen):
    row = take(alice, 9, 12, 8)
    frozen.move_to(at(13))
    page = open_card(client_of(alice), row)
    assert "Finished" in page and "<form" not in page
    assert "Duplicate" in page


def test_the_card_of_another_person_has_no_buttons(take, alice, bob, client_of):
    row = take(alice, 9, 12, 8, purpose="thesis")
    page = open_card(client_of(bob), row)
    assert "Alice Martin" in page and "thesis" in page
    assert "<form" not in page and "Edit" not in page
    assert "24 GPU-hours" in page and "you hold" not in page


def test_staff_may_change_any_booking(take, alice, staff, client_of):
    assert "Cancel booking" in open_card(client_of(staff), take(alice, 9, 12, 8))


def test_hidden_names_are_not_on_the_card(take, alice, bob, client_of, settings):
    settings.FARM_NAMES = "staff"
    project = Project.objects.create(name="Secret plan")
    project.members.add(alice)
    page = open_card(client_of(bob), take(alice, 9, 12, 8, purpose="thesis", project=project))
    for word in ("Martin", "alice", "thesis", "Secret", "Duplicate"):
        assert word not in page


def test_duplicate_opens_the_form_at_the_same_local_time_a_week_later(take, alice, client_of):
    row = take(alice, 9, 12, 2, 3, purpose="thesis")
    client = client_of(alice)
    link = re.search(r'href="(/farm/book/[^"]*)"', open_card(client, row, next="/farm/?day=2030-01-07&free=2"))[1]
    link = link.replace("&amp;", "&")
    query = {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}
    assert query["next"] == "/farm/?day=2030-01-07&free=2"
    form = client.get(link).content.decode()
    assert 'value="2030-01-14T10:00"' in form and 'value="2030-01-14T13:00"' in form
    assert 'value="thesis"' in form
    assert Reservation.objects.count() == 1


def test_an_unknown_booking_has_no_card(alice, client_of):
    assert client_of(alice).get("/farm/bookings/9/card/").status_code == 404


def test_the_number_of_queries_does_not_grow_with_the_bookings(take, alice, client_of, assert_flat):
    row = take(alice, 9, 10, 1)
    client = client_of(alice)
    assert_flat(
        lambda: client.get(f"/farm/bookings/{row.pk}/card/"), lambda: [take(alice, 11, 12, 0, 1) for _ in range(9)]
    )
