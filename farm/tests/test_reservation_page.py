"""The page of one booking: its facts, its history, and its forms, without scripts."""

import re
from datetime import timedelta

import pytest

from farm.domain import booking, machines
from farm.models import Project, Reservation
from farm.rules.limits import RequestedAllocation
from farm.tests.builders import second_machine
from farm.tests.conftest import at
from farm.tests.page_text import alternatives_of, text_of, value_of

pytestmark = pytest.mark.django_db


def address_of(row):
    return f"/farm/bookings/{row.pk}/"


@pytest.fixture
def other(machine):
    return machines.add_machine(actor=None, name="lyra-1", gpu_count=4, memory_gb=64)


@pytest.fixture
def change(client_of):
    """`change(alice, row, gpus=2)` sends the form of the page with these values changed."""

    def send(person, row, **values):
        client = client_of(person)
        fields = ("start", "end", "purpose", "version", "lines", "gpus", "memory_gb")
        page = text_of(client.get(address_of(row)))
        current = {name: value_of("<main>" + page.split('aria-labelledby="change"')[-1], name) for name in fields}
        data = {name: value for name, value in current.items() if value is not None}
        line = row.lines.first()
        return client.post(f"{address_of(row)}change/", {**data, "resource": line.machine_id if line else "", **values})

    return send


@pytest.mark.usefixtures("frozen")
def test_the_form_changes_span_share_machines_and_purpose_in_one_step(take, machine, other, alice, change):
    row = take(alice, 9, 10, 2, 1, purpose="first")
    response = change(alice, row, end="2030-01-07T14:00", gpus=5, purpose="second", **second_machine(other.pk, 1, 8))
    assert response["Location"] == address_of(row)
    row.refresh_from_db()
    assert (row.start, row.end, row.purpose, row.version) == (at(9), at(13), "second", 2)
    assert list(row.lines.values_list("machine", "gpus", "memory_gb")) == [(1, 5, 1), (other.pk, 1, 8)]


@pytest.mark.usefixtures("frozen")
def test_buttons_add_and_remove_a_machine(take, machine, other, alice, client_of, change):
    row = booking.book(
        actor=None,
        owner=alice,
        start=at(9),
        end=at(10),
        allocations=[RequestedAllocation(1, 1, 0), RequestedAllocation(other.pk, 2, 8)],
        purpose="both",
    )
    content = text_of(change(alice, row, action="add"))
    assert 'name="m2-gpus"' in content and "at-error" not in content
    content = text_of(change(alice, row, action="remove-0", **second_machine(other.pk, 2, 8)))
    assert value_of(content, "gpus") == "2" and 'name="m2-gpus"' not in content
    assert row.lines.count() == 2  # nothing is saved yet
    change(alice, row, resource=other.pk, gpus=2, memory_gb=8, lines=1)
    assert list(row.lines.values_list("machine", flat=True)) == [other.pk]


def test_seconds_that_the_form_does_not_show_are_kept(machine, alice, change, frozen):
    start = at(9) + timedelta(seconds=30)
    row = booking.book(
        actor=None, owner=alice, start=start, end=at(10), allocations=[RequestedAllocation(1, 1, 0)], purpose="x"
    )
    change(alice, row, purpose="y")
    row.refresh_from_db()
    assert (row.start, row.purpose) == (start, "y")


def test_quick_choices_extend_a_running_booking_up_to_the_next_one(take, alice, bob, client_of, frozen):
    row = take(alice, 9, 12, 6, purpose="mine")
    take(bob, 15, 16, 12)
    frozen.move_to(at(10))
    page = text_of(client_of(alice).get(address_of(row)))
    buttons = dict(re.findall(r'name="end" value="([^"]+)">.*?</svg>\s*([^<]+?)\s*</button>', page))
    assert list(buttons.values()) == [
        "1 hour less",
        "1 hour more",
        "Until the next one, Mon 7 Jan 16:00",
    ]
    furthest = max(buttons)
    client_of(alice).post(f"{address_of(row)}change/", {"end": furthest, "version": row.version})
    row.refresh_from_db()
    assert (row.end, row.purpose, row.lines.get().gpus) == (at(15), "mine", 6)
    page = text_of(client_of(alice).get(address_of(row)))
    assert "it cannot be longer as it is" in page and not re.search(r"more\s*</button>", page)


def test_a_refused_extension_offers_the_latest_possible_end(take, alice, bob, client_of, frozen):
    row = take(alice, 9, 12, 6, purpose="mine")
    take(bob, 13, 14, 12)
    frozen.move_to(at(10))
    client = client_of(alice)
    response = client.post(f"{address_of(row)}change/", {"end": "2030-01-07T16:00", "purpose": "mine"})
    page = text_of(response)
    assert response.status_code == 409
    assert "ferme-1: 6 GPUs missing, Mon 7 Jan 14:00 – 15:00. It has 12 GPUs · 16 GB." in page
    assert "The booking is as it was" in page and value_of(page, "purpose") == "mine"
    assert "As far as it goes" in page and "until 14:00" in page
    (alternative,) = alternatives_of(page)
    assert client.post(f"{address_of(row)}change/", alternative).status_code == 302
    row.refresh_from_db()
    assert row.end == at(13)


@pytest.mark.usefixtures("frozen")
def test_a_refused_change_offers_alternatives_that_change_the_same_booking(
    take, machine, other, alice, bob, client_of, change
):
    row = take(alice, 9, 11, 2, purpose="mine")
    take(bob, 10, 14, 10)
    response = change(alice, row, gpus=4)
    page = text_of(response)
    assert response.status_code == 409
    kinds = re.findall(r'class="at-alt-kind">([^<]+)<', page)
    assert kinds == ["As far as it goes", "Another time, same machine", "Another machine, same time"]
    alternative = alternatives_of(page)[2]
    assert client_of(alice).post(f"{address_of(row)}change/", alternative).status_code == 302
    assert list(row.lines.values_list("machine", "gpus")) == [(other.pk, 4)]
    assert Reservation.objects.filter(owner=alice).count() == 1


@pytest.mark.usefixtures("frozen")
def test_a_form_made_for_an_older_version_changes_nothing(take, alice, change):
    row = take(alice, 9, 10, 2, purpose="mine")
    booking.change(actor=alice, reservation_id=row.pk, end=at(12))
    response = change(alice, row, version=1, gpus=5)
    page = text_of(response)
    assert response.status_code == 409
    assert "was changed in the meantime" in page and value_of(page, "end") == "2030-01-07T13:00"
    assert row.lines.get().gpus == 2


@pytest.mark.usefixtures("frozen")
@pytest.mark.parametrize(
    ("invalid", "field"),
    [({"end": "2030-01-07T09:00"}, "end"), ({"start": "2020-01-07T09:00"}, "start"), ({"gpus": "-1"}, "gpus"),
     ({"gpus": "0", "memory_gb": "0"}, "gpus"), ({"resource": "999"}, "resource"), ({"start": "x"}, "start")],
)  # fmt: skip
def test_an_invalid_field_has_its_error_beside_it(take, alice, change, invalid, field):
    row = take(alice, 9, 10, 2, 1, purpose="mine")
    response = change(alice, row, **invalid)
    assert response.status_code == 400 and f'id="id_{field}_error"' in text_of(response)
    row.refresh_from_db()
    assert row.version == 1


@pytest.mark.usefixtures("frozen")
def test_a_draft_gets_its_machine_on_its_page(machine, alice, client_of, change):
    row = booking.book(actor=alice, owner=alice, start=at(9), end=at(10), purpose="sketch")
    page = text_of(client_of(alice).get(address_of(row)))
    assert "A draft holds nothing yet" in page and "14:00</time>" in page
    change(alice, row, resource=machine.pk, gpus=2, memory_gb=0, without_memory="on")
    row.refresh_from_db()
    assert row.state == "confirmed"


def test_an_expired_draft_can_be_booked_again(machine, alice, client_of, frozen):
    row = booking.book(actor=alice, owner=alice, start=at(9), end=at(10), purpose="sketch")
    frozen.move_to(at(9, day=2))
    page = text_of(client_of(alice).get(address_of(row)))
    assert "The draft has expired" in page and f"/farm/book/?like={row.pk}" in page and 'id="change"' not in page


@pytest.mark.usefixtures("frozen")
def test_only_its_owner_and_staff_see_its_history_in_words(take, other, alice, bob, staff, client_of):
    row = take(alice, 9, 10, 2, purpose="mine")
    booking.change(
        actor=staff,
        reservation_id=row.pk,
        end=at(12),
        allocations=[RequestedAllocation(1, 4, 0), RequestedAllocation(other.pk, 1, 0)],
    )
    for person in (alice, staff):
        page = text_of(client_of(person).get(address_of(row)))
        assert "Booking made" in page and "Staff Martin" in page
        assert "Mon 7 Jan 10:00 – 11:00 became Mon 7 Jan 10:00 – 13:00" in page
        assert "ferme-1: 2 GPUs became 4 GPUs" in page and "lyra-1: 1 GPU" in page
    assert "What happened" not in text_of(client_of(bob).get(address_of(row)))


@pytest.mark.usefixtures("frozen")
def test_others_see_what_the_names_policy_allows_and_change_nothing(take, alice, bob, client_of, settings):
    settings.FARM_NAMES = "project"
    project = Project.objects.create(name="Vision")
    project.members.add(alice)
    row = take(alice, 9, 10, 2, purpose="my thesis", project=project)
    client = client_of(bob)
    page = text_of(client.get(address_of(row)))
    assert "my thesis" not in page and "Alice" not in page and "Vision" not in page
    assert "2 of 12 GPU" in page and "Cancel booking" not in page and 'id="change"' not in page
    for values in ({"end": "2030-01-07T15:00"}, {"action": "add"}):
        assert client.post(f"{address_of(row)}change/", values).status_code == 403
    row.refresh_from_db()
    assert row.version == 1


def test_the_page_takes_as_many_queries_with_a_long_history(take, machine, alice, bob, client_of, assert_flat, frozen):
    row = take(alice, 9, 10, 2, purpose="mine")
    client = client_of(alice)

    def grow():
        for number in range(30):
            booking.change(actor=alice, reservation_id=row.pk, end=at(11 + number % 2))
        for hour in range(13, 23):
            take(bob, hour, hour + 1, 1)

    assert_flat(lambda: client.get(address_of(row)), grow, limit=20)


def test_changing_a_booking_needs_a_sign_in(take, alice, client):
    row = take(alice, 9, 10, 2)
    assert "/sign-in/" in client.post(f"{address_of(row)}change/", {"end": "2030-01-07T15:00"})["Location"]
    assert client.get("/farm/bookings/999/")["Location"]


@pytest.mark.usefixtures("frozen")
def test_a_stale_tab_keeps_what_was_typed_and_can_send_it_again(take, machine, alice, client_of):
    row = take(alice, 9, 11, 2, purpose="old")
    booking.change(actor=alice, reservation_id=row.pk, end=at(12))
    typed = {
        "version": "1", "start": "2030-01-07T11:00", "end": "2030-01-07T15:00", "purpose": "a long text",
        "lines": "1", "resource": str(machine.pk), "gpus": "3", "memory_gb": "1",
    }  # fmt: skip
    client = client_of(alice)
    response = client.post(f"/farm/bookings/{row.pk}/change/", typed)
    page = text_of(response)
    assert response.status_code == 409 and "Your entries are kept in the form below" in page
    assert {name: value_of(page, name) for name in typed if name not in ("resource", "version")} == {
        name: value for name, value in typed.items() if name not in ("resource", "version")
    }
    form = page[page.index('aria-labelledby="change"') :]
    version = re.search(r'name="version" value="(\d+)"', form)[1]
    assert version == "2"
    assert client.post(f"/farm/bookings/{row.pk}/change/", {**typed, "version": version}).status_code == 302
    row.refresh_from_db()
    assert (row.purpose, row.end) == ("a long text", at(14))
