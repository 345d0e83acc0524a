"""Moving a booking by a drag: it is saved for the version that was seen, or refused with alternatives."""

import re

import pytest

from farm.domain import booking, machines
from farm.models import Machine
from farm.rules.limits import RequestedAllocation
from farm.tests.conftest import at
from farm.tests.page_text import alternatives_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]
SCRIPT = {"HX-Request": "true"}


def iso(moment):
    return moment.isoformat()


def move(client, row, **values):
    return client.post(f"/farm/bookings/{row.pk}/move/", values, headers=SCRIPT)


def span(row):
    row.refresh_from_db()
    return row.start, row.end


def test_a_drop_moves_the_booking_and_offers_undo(take, alice, client_of):
    row = take(alice, 9, 12, 4)
    answer = move(client_of(alice), row, start=iso(at(14)), end=iso(at(17)), version=1)
    assert answer.status_code == 200
    assert "Moved: Mon 7 Jan 15:00 – 18:00." in answer.content.decode()  # Paris
    assert 'action="/farm/undo/"' in answer.content.decode()
    assert span(row) == (at(14), at(17))


@pytest.mark.parametrize(("end", "words"), [(13, "Extended to"), (11, "Shortened to")])
def test_moving_the_end_keeps_the_start_to_the_microsecond(take, alice, client_of, end, words):
    row = take(alice, 9, 12, 4)
    start = row.start.replace(microsecond=123456)
    type(row).objects.update(start=start)
    row.lines.update(start=start)
    assert words in move(client_of(alice), row, end=iso(at(end)), version=1).content.decode()
    assert span(row) == (start, at(end))


def test_a_booking_moves_to_another_machine_and_another_share(take, alice, client_of):
    other = machines.add_machine(actor=None, name="other", gpu_count=4, memory_gb=8)
    row = take(alice, 9, 12, 4)
    move(client_of(alice), row, resource=other.pk, gpus=2, version=1)
    line = row.lines.get()
    assert (line.machine, line.gpus, line.memory_gb, line.start) == (other, 2, 0, at(9))


def test_a_booking_of_two_machines_moves_as_a_whole(machine, alice, client_of):
    other = machines.add_machine(actor=None, name="other", gpu_count=4, memory_gb=8)
    lines = [RequestedAllocation(machine.pk, 1, 0), RequestedAllocation(other.pk, 2, 0)]
    row = booking.book(actor=alice, owner=alice, start=at(9), end=at(10), allocations=lines)
    client = client_of(alice)
    move(client, row, start=iso(at(11)), end=iso(at(12)), version=1)
    assert set(row.lines.values_list("start", flat=True)) == {at(11)}
    answer = move(client, row, resource=machine.pk, version=2)
    assert answer.status_code == 409 and "several machines" in answer.content.decode()
    move(client, row, line=other.pk, gpus=1, version=2)
    assert dict(row.lines.values_list("machine_id", "gpus")) == {machine.pk: 1, other.pk: 1}


def test_without_a_script_the_person_comes_back_to_the_page(take, alice, client_of):
    row = take(alice, 9, 12, 4)
    values = {"start": iso(at(14)), "end": iso(at(17)), "next": "/farm/?day=2030-01-07"}
    answer = client_of(alice).post(f"/farm/bookings/{row.pk}/move/", values)
    assert answer["Location"] == "/farm/?day=2030-01-07"
    elsewhere = client_of(alice).post(
        f"/farm/bookings/{row.pk}/move/", {**values, "next": "https://elsewhere.example/"}
    )
    assert elsewhere["Location"] == "/farm/bookings/"


def test_missing_capacity_is_explained_and_each_alternative_moves_the_booking(take, alice, bob, client_of):
    other = machines.add_machine(actor=None, name="other", gpu_count=12, memory_gb=16)
    take(bob, 14, 16, 10)
    row = take(alice, 9, 11, 4)
    client = client_of(alice)
    answer = move(client, row, start=iso(at(14)), end=iso(at(16)), version=1)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert (
        'role="alert"' in page
        and "Not enough free capacity on ferme-1: 2 GPUs missing" in page
        and "stays as it was" in page
    )
    assert span(row) == (at(9), at(11))
    alternatives = alternatives_of(page)
    assert [(alternative["resource"], alternative["gpus"]) for alternative in alternatives] == [
        ("1", "4"),
        (str(other.pk), "4"),
        ("1", "2"),
    ]
    change = f"/farm/bookings/{row.pk}/change/"
    assert re.findall(r'action="([^"]*)"', page) == [change] * 3
    for version, alternative in enumerate(alternatives, start=1):
        taken = client.post(change, {**alternative, "version": version}, headers={"HX-Request": "true"})
        assert taken.status_code == 200, taken.content.decode()
    line = row.lines.get()
    assert (line.machine_id, line.gpus, line.start) == (1, 2, at(14))


def test_the_alternative_for_a_running_booking_is_the_latest_possible_end(take, alice, bob, client_of, frozen):
    row = take(alice, 9, 12, 8)
    take(bob, 13, 15, 8)
    frozen.move_to(at(10))
    page = move(client_of(alice), row, end=iso(at(14)), version=1).content.decode()
    offered = dict(re.findall(r'type="hidden" name="([\w-]+)" value="([^"]*)"', page))
    assert offered["end"] == iso(at(13)) and offered["version"] == "1"
    taken = client_of(alice).post(f"/farm/bookings/{row.pk}/change/", offered, headers={"HX-Request": "true"})
    assert taken.status_code == 200, taken.content.decode()
    assert span(row) == (at(9), at(13))


def test_an_alternative_that_no_longer_fits_is_refused_to_the_script(take, alice, bob, client_of):
    row = take(alice, 9, 11, 4)
    take(bob, 14, 16, 10)
    change, headers = f"/farm/bookings/{row.pk}/change/", {"HX-Request": "true"}
    alternative = {"start": iso(at(14)), "end": iso(at(16)), "lines": "1", "resource": "1", "gpus": "4"}
    alternative["memory_gb"] = "0"
    client = client_of(alice)
    full = client.post(change, {**alternative, "version": "1"}, headers=headers)
    assert full.status_code == 409 and 'role="alert"' in full.content.decode()
    stale = client.post(change, {**alternative, "version": "7"}, headers=headers)
    assert stale.status_code == 409 and "in the meantime" in stale.content.decode()
    invalid = client.post(change, {**alternative, "end": "soon", "version": "1"}, headers=headers)
    assert invalid.status_code == 400 and "<html" not in invalid.content.decode()
    assert span(row) == (at(9), at(11))


def test_a_running_booking_keeps_its_start(take, alice, client_of, frozen):
    row = take(alice, 9, 12, 4)
    frozen.move_to(at(10))
    answer = move(client_of(alice), row, start=iso(at(11)), end=iso(at(14)), version=1)
    assert answer.status_code == 409 and "only the end" in answer.content.decode()
    assert span(row) == (at(9), at(12))


def test_a_booking_cannot_end_at_the_moment_it_begins(take, alice, client_of, frozen):
    row = take(alice, 9, 12, 4)
    frozen.move_to(at(9))
    answer = move(client_of(alice), row, end=iso(at(9)), version=1)
    assert answer.status_code == 400 and "after the start" in answer.content.decode()


def test_a_booking_that_was_changed_in_the_meantime_is_not_moved(take, alice, client_of):
    row = take(alice, 9, 12, 4)
    booking.change(actor=alice, reservation_id=row.pk, end=at(13))
    answer = move(client_of(alice), row, start=iso(at(14)), end=iso(at(17)), version=1)
    assert answer.status_code == 409 and "in the meantime" in answer.content.decode()
    assert span(row) == (at(9), at(13))


def test_only_the_owner_moves_a_booking(take, alice, bob, client_of):
    row = take(alice, 9, 12, 4)
    answer = move(client_of(bob), row, start=iso(at(14)), end=iso(at(17)), version=1)
    assert answer.status_code == 403
    assert span(row) == (at(9), at(12))


def test_a_booking_cannot_move_to_a_draining_machine(take, alice, client_of):
    other = machines.add_machine(actor=None, name="other", gpu_count=4, memory_gb=8)
    Machine.objects.filter(pk=other.pk).update(state="draining")
    row = take(alice, 9, 12, 4)
    answer = move(client_of(alice), row, resource=other.pk, version=1)
    assert answer.status_code == 409 and "no new bookings" in answer.content.decode()
    assert row.lines.get().machine_id == 1


@pytest.mark.parametrize("invalid", [{"start": "x"}, {"version": "a"}, {"gpus": "-1"}, {"resource": "9" * 30}])
def test_an_invalid_move_is_refused(take, alice, client_of, invalid):
    row = take(alice, 9, 12, 4)
    assert move(client_of(alice), row, **invalid).status_code == 400
    assert move(client_of(alice), row, resource=77, version=1).status_code == 404
    assert client_of(alice).post("/farm/bookings/99/move/").status_code == 404
    assert client_of(alice).get(f"/farm/bookings/{row.pk}/move/").url == f"/farm/bookings/{row.pk}/"
