"""Bookings in calendars: own ones at the personal address, one as a file; names as FARM_NAMES allows."""

from datetime import timedelta

import pytest
from django.urls import reverse

from calendars.addresses import make_address
from farm.domain import booking, machines
from farm.models import Project, Reservation
from farm.models.states import State
from farm.rules.limits import RequestedAllocation
from farm.tests.conftest import NOW, at
from kernel.testing.calendars import read_events, titles

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]


@pytest.fixture
def read(client):
    """`read(alice)` returns the events of the personal calendar, by key."""

    def get(person):
        path = reverse("calendar-file", args=[make_address(person, None, form_key="k")])
        return client.get(path)

    return lambda person: read_events(get(person).content)


def key(reservation):
    return f"reservation-{reservation.pk}"


def test_a_person_reads_their_own_bookings(take, alice, bob, read):
    mine = take(alice, 9, 10.5, 6, 8, purpose='Training "big", part 1')
    take(bob, 9, 10, 2)
    [event] = read(alice).values()
    assert event.uid.value.startswith(f"reservation-{mine.pk}@")
    assert event.summary.value == 'Training "big", part 1'
    assert (event.dtstart.value, event.dtend.value) == (at(9), at(10.5))
    assert event.location.value == "ferme-1"
    assert event.description.value.startswith("ferme-1, 6 GPU · 8 GB\n")
    assert event.url.value.endswith(f"/farm/bookings/{mine.pk}/")
    assert (event.status.value, event.sequence.value) == ("CONFIRMED", "0")


def test_a_booking_without_a_purpose_has_its_number(take, alice, read):
    mine = take(alice, 9, 10, 1)
    assert read(alice)[key(mine)].summary.value == f"Booking {mine.pk}"


def test_a_moved_booking_keeps_its_uid_and_has_a_higher_sequence(take, alice, read, frozen):
    mine = take(alice, 9, 10, 6)
    before = read(alice)[key(mine)]
    frozen.shift(timedelta(hours=1))
    booking.change(actor=alice, reservation_id=mine.pk, end=at(12))
    after = read(alice)[key(mine)]
    assert after.uid.value == before.uid.value
    assert after.dtend.value == at(12)
    assert int(after.sequence.value) == int(before.sequence.value) + 1
    assert after.contents["last-modified"][0].value == NOW + timedelta(hours=1)


def test_cancelled_and_displaced_bookings_stay_as_cancelled(take, alice, staff, machine, read, frozen):
    cancelled, displaced, kept = (take(alice, hour, hour + 1, 6, purpose=f"at {hour}") for hour in (9, 12, 15))
    assert len(read(alice)) == 3
    booking.cancel(actor=alice, reservation_id=cancelled.pk)
    machines.close(actor=staff, machine_id=machine.pk, start=at(12), end=at(14), confirm=True)
    displaced.refresh_from_db()
    assert displaced.state == State.DISPLACED
    states = {name: event.status.value for name, event in read(alice).items()}
    assert states == {key(cancelled): "CANCELLED", key(displaced): "CANCELLED", key(kept): "CONFIRMED"}
    frozen.shift(timedelta(days=30))
    assert list(read(alice)) == [key(kept)]


def test_drafts_and_refused_bookings_are_in_no_calendar_and_pending_ones_are_tentative(alice, take, read):
    booking.book(actor=alice, owner=alice, start=at(9), end=at(10))  # a draft
    refused, pending = take(alice, 11, 12, 1), take(alice, 13, 14, 1)
    Reservation.objects.filter(pk=refused.pk).update(state=State.REJECTED)
    Reservation.objects.filter(pk=pending.pk).update(state=State.PENDING)
    events = read(alice)
    assert list(events) == [key(pending)]
    assert events[key(pending)].status.value == "TENTATIVE"


def test_a_booking_that_was_given_back_ends_then(alice, machine, read, frozen):
    allocations = [RequestedAllocation(machine.pk, 4, 0)]
    mine = booking.book(actor=alice, owner=alice, start=NOW, end=NOW + timedelta(hours=5), allocations=allocations)
    frozen.shift(timedelta(hours=1))
    booking.give_back(actor=alice, reservation_id=mine.pk)
    event = read(alice)[key(mine)]
    assert (event.status.value, event.dtend.value) == ("CONFIRMED", NOW + timedelta(hours=1))


def test_ten_years_of_bookings_cost_no_query_more(take, alice, read, machine, assert_flat):
    take(alice, 9, 10, 1)

    def grow():
        for number in range(40):
            take(alice, 11 + number / 10, 11 + number / 10 + 0.05, 1)
            start = NOW - timedelta(days=90 * (number + 1))
            Reservation.objects.create(owner=alice, start=start, end=start + timedelta(hours=1), state=State.FINISHED)

    def read_again():
        assert len(read(alice)) in (1, 41)

    read_again()
    grow()
    read_again()  # it saves what it sends: an unchanged calendar is counted
    assert_flat(read_again, lambda: None, limit=20)


@pytest.fixture
def shared(person, take):
    owner = person("zoe", first_name="Zoé", last_name="Durand")
    project = Project.objects.create(name="Bathyscaphe")
    project.owners.add(owner)
    return take(owner, 9, 10, 6, purpose="Thesis", project=project)


@pytest.mark.parametrize(
    ("policy", "seen_by"), [("everyone", {"zoe", "member", "stranger", "staff"}), ("staff", {"zoe", "staff"})]
)
def test_the_file_of_a_booking_follows_the_farm_s_policy(
    shared, policy, seen_by, person, staff, program, client, client_of, settings
):
    settings.FARM_NAMES = policy
    member = person("member")
    shared.project.members.add(member)
    people = {"zoe": shared.owner, "member": member, "stranger": person("stranger"), "staff": staff}
    path = reverse("farm-booking-calendar", args=[shared.pk])
    assert client.get(path).status_code == 302
    for name, user in people.items():
        answer = client_of(user).get(path)
        assert answer["Content-Type"] == "text/calendar; charset=utf-8"
        assert answer["Content-Disposition"].endswith('.ics"'), answer["Content-Disposition"]
        text = answer.content.decode().replace("\r\n ", "")
        assert ("Thesis" in text) == (name in seen_by), name
        assert ("Zoé" in text) == ("Bathyscaphe" in text) == (name in seen_by - {"zoe"}), name
        assert titles(answer.content) == ["Thesis" if name in seen_by else f"Booking {shared.pk}"]


def test_the_policy_project_shows_the_words_to_members(shared, person, client_of, settings):
    settings.FARM_NAMES = "project"
    member = person("member")
    shared.project.members.add(member)
    path = reverse("farm-booking-calendar", args=[shared.pk])
    assert titles(client_of(member).get(path).content) == ["Thesis"]
    assert titles(client_of(person("stranger")).get(path).content) == [f"Booking {shared.pk}"]


def test_the_file_has_the_uid_of_the_calendar(take, alice, client_of, read):
    mine = take(alice, 9, 10, 6)
    [event] = read_events(client_of(alice).get(f"/farm/bookings/{mine.pk}/booking.ics").content).values()
    assert event.uid.value == read(alice)[key(mine)].uid.value


def test_the_page_offers_the_file_until_the_booking_is_over_or_cancelled(take, alice, client_of, frozen):
    mine, client = take(alice, 9, 10, 6), client_of(alice)
    address = f"/farm/bookings/{mine.pk}/booking.ics"
    assert address in client.get(f"/farm/bookings/{mine.pk}/").content.decode()
    booking.cancel(actor=alice, reservation_id=mine.pk)
    assert address not in client.get(f"/farm/bookings/{mine.pk}/").content.decode()
    assert client.get(address).status_code == 404
