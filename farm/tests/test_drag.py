"""Moving by a drag: the answer to "does it fit", the save with the version seen, the refusal with its ways on."""

import re

import pytest

from farm.domain import booking, machines
from farm.models import Closure, Machine
from farm.rules.limits import RequestedAllocation
from farm.tests.conftest import at

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]
SCRIPT = {"HX-Request": "true"}


def iso(moment):
    return moment.isoformat()


def move(client, row, **values):
    return client.post(f"/farm/bookings/{row.pk}/move/", values, headers=SCRIPT)


def fit(client, **values):
    return client.get("/farm/fit/", values)


def span(row):
    row.refresh_from_db()
    return row.start, row.end


# --- saved
def test_a_drop_moves_the_booking_and_offers_undo(take, alice, client_of):
    row = take(alice, 9, 12, 4)
    answer = move(client_of(alice), row, start=iso(at(14)), end=iso(at(17)), version=1)
    assert answer.status_code == 200
    assert "Moved: Mon 7 Jan 15:00 – 18:00." in answer.content.decode()  # Paris
    assert 'action="/farm/undo/"' in answer.content.decode()
    assert span(row) == (at(14), at(17))


@pytest.mark.parametrize(("end", "words"), [(13, "Extended to"), (11, "Shortened to")])
def test_an_edge_moves_alone_and_the_start_stays_to_the_microsecond(take, alice, client_of, end, words):
    row = take(alice, 9, 12, 4)
    odd = row.start.replace(microsecond=123456)
    type(row).objects.update(start=odd)
    row.lines.update(start=odd)
    assert words in move(client_of(alice), row, end=iso(at(end)), version=1).content.decode()
    assert span(row) == (odd, at(end))


def test_to_another_machine_and_to_another_share(take, alice, client_of):
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
    away = client_of(alice).post(f"/farm/bookings/{row.pk}/move/", {**values, "next": "https://elsewhere.example/"})
    assert away["Location"] == "/farm/bookings/"


# --- refused
def test_want_of_room_says_what_is_missing_when_and_each_way_on_moves_it_there(take, alice, bob, client_of):
    other = machines.add_machine(actor=None, name="other", gpu_count=12, memory_gb=16)
    take(bob, 14, 16, 10)
    row = take(alice, 9, 11, 4)
    client = client_of(alice)
    answer = move(client, row, start=iso(at(14)), end=iso(at(16)), version=1)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert (
        'role="alert"' in page
        and "Not enough free capacity on ferme-1: 2 GPU missing" in page
        and "stays as it was" in page
    )
    assert span(row) == (at(9), at(11))
    ways = [
        dict(re.findall(r'type="hidden" name="([\w-]+)" value="([^"]*)"', form))
        for form in page.split("<form")[1:]
        if "Take this" in form
    ]
    assert [(way["resource"], way["gpus"]) for way in ways] == [
        ("1", "4"),
        (str(other.pk), "4"),
        ("1", "2"),
    ]
    change = f"/farm/bookings/{row.pk}/change/"
    assert re.findall(r'action="([^"]*)"', page) == [change] * 3
    for version, way in enumerate(ways, start=1):
        taken = client.post(change, {**way, "version": version}, headers={"HX-Request": "true"})
        assert taken.status_code == 200, taken.content.decode()
    line = row.lines.get()
    assert (line.machine_id, line.gpus, line.start) == (1, 2, at(14))


def test_of_a_running_booking_the_way_on_is_how_far_its_end_can_go(take, alice, bob, client_of, frozen):
    row = take(alice, 9, 12, 8)
    take(bob, 13, 15, 8)
    frozen.move_to(at(10))
    page = move(client_of(alice), row, end=iso(at(14)), version=1).content.decode()
    offered = dict(re.findall(r'type="hidden" name="([\w-]+)" value="([^"]*)"', page))
    assert offered["end"] == iso(at(13)) and offered["version"] == "1"
    taken = client_of(alice).post(f"/farm/bookings/{row.pk}/change/", offered, headers={"HX-Request": "true"})
    assert taken.status_code == 200, taken.content.decode()
    assert span(row) == (at(9), at(13))


def test_a_way_on_that_is_gone_is_told_to_the_script_and_changes_nothing(take, alice, bob, client_of):
    row = take(alice, 9, 11, 4)
    take(bob, 14, 16, 10)
    change, headers = f"/farm/bookings/{row.pk}/change/", {"HX-Request": "true"}
    way = {"start": iso(at(14)), "end": iso(at(16)), "lines": "1", "resource": "1", "gpus": "4"}
    way["memory_gb"] = "0"
    client = client_of(alice)
    full = client.post(change, {**way, "version": "1"}, headers=headers)
    assert full.status_code == 409 and 'role="alert"' in full.content.decode()
    stale = client.post(change, {**way, "version": "7"}, headers=headers)
    assert stale.status_code == 409 and "in the meantime" in stale.content.decode()
    odd = client.post(change, {**way, "end": "soon", "version": "1"}, headers=headers)
    assert odd.status_code == 400 and "<html" not in odd.content.decode()
    assert span(row) == (at(9), at(11))


def test_a_running_booking_keeps_its_start(take, alice, client_of, frozen):
    row = take(alice, 9, 12, 4)
    frozen.move_to(at(10))
    answer = move(client_of(alice), row, start=iso(at(11)), end=iso(at(14)), version=1)
    assert answer.status_code == 409 and "only the end" in answer.content.decode()
    assert span(row) == (at(9), at(12))


def test_in_the_instant_in_which_it_begins_a_booking_cannot_end(take, alice, client_of, frozen):
    row = take(alice, 9, 12, 4)
    frozen.move_to(at(9))
    answer = move(client_of(alice), row, end=iso(at(9)), version=1)
    assert answer.status_code == 400 and "after the start" in answer.content.decode()


def test_a_booking_that_was_changed_meanwhile_is_not_moved_blindly(take, alice, client_of):
    row = take(alice, 9, 12, 4)
    booking.change(actor=alice, reservation_id=row.pk, end=at(13))
    answer = move(client_of(alice), row, start=iso(at(14)), end=iso(at(17)), version=1)
    assert answer.status_code == 409 and "in the meantime" in answer.content.decode()
    assert span(row) == (at(9), at(13))


def test_a_stranger_moves_nothing(take, alice, bob, client_of):
    row = take(alice, 9, 12, 4)
    answer = move(client_of(bob), row, start=iso(at(14)), end=iso(at(17)), version=1)
    assert answer.status_code == 403
    assert span(row) == (at(9), at(12))


def test_a_machine_that_takes_nothing_new_is_no_place_to_move_to(take, alice, client_of):
    other = machines.add_machine(actor=None, name="other", gpu_count=4, memory_gb=8)
    Machine.objects.filter(pk=other.pk).update(state="draining")
    row = take(alice, 9, 12, 4)
    answer = move(client_of(alice), row, resource=other.pk, version=1)
    assert answer.status_code == 409 and "no new bookings" in answer.content.decode()
    assert row.lines.get().machine_id == 1


@pytest.mark.parametrize("odd", [{"start": "x"}, {"version": "a"}, {"gpus": "-1"}, {"resource": "9" * 30}])
def test_a_move_out_of_shape_is_a_sentence(take, alice, client_of, odd):
    row = take(alice, 9, 12, 4)
    assert move(client_of(alice), row, **odd).status_code == 400
    assert move(client_of(alice), row, resource=77, version=1).status_code == 404
    assert client_of(alice).post("/farm/bookings/99/move/").status_code == 404
    assert client_of(alice).get(f"/farm/bookings/{row.pk}/move/").status_code == 405


# --- asked
def test_an_idea_that_fits_says_what_else_is_free(take, alice, client_of):
    take(alice, 9, 12, 4)
    told = fit(client_of(alice), resource=1, start=iso(at(10)), end=iso(at(11)), gpus=1).json()
    assert told == {"fits": True, "words": "Mon 7 Jan 11:00 – 12:00: fits, 8 GPU · 16 GB free", "first_free": None}


def test_one_that_does_not_says_when_it_first_would(take, alice, bob, client_of):
    take(bob, 9, 12, 10)
    told = fit(client_of(alice), resource=1, start=iso(at(10)), end=iso(at(11)), gpus=4).json()
    assert told["fits"] is False
    assert told["words"] == "Mon 7 Jan 11:00 – 12:00: does not fit, first free at Mon 7 Jan 13:00"
    assert told["first_free"] == "2030-01-07T12:00:00Z"


def test_the_booking_that_moves_is_not_in_its_own_way(take, alice, client_of):
    row = take(alice, 9, 12, 12)
    told = fit(client_of(alice), booking=row.pk, start=iso(at(10)), end=iso(at(13))).json()
    assert told["fits"] is True


def test_every_machine_of_a_booking_is_asked(machine, alice, bob, client_of, take):
    other = machines.add_machine(actor=None, name="other", gpu_count=4, memory_gb=8)
    lines = [RequestedAllocation(machine.pk, 1, 0), RequestedAllocation(other.pk, 2, 0)]
    row = booking.book(actor=alice, owner=alice, start=at(9), end=at(10), allocations=lines)
    take(bob, 11, 12, 3, machine_id=other.pk)
    take(bob, 12, 13, 12)
    told = fit(client_of(alice), booking=row.pk, start=iso(at(11)), end=iso(at(12))).json()
    assert (told["fits"], told["first_free"]) == (False, "2030-01-07T13:00:00Z")


def test_of_a_running_booking_it_says_how_far_the_end_can_go(take, alice, bob, client_of, frozen):
    row = take(alice, 9, 12, 8)
    take(bob, 13, 15, 8)
    frozen.move_to(at(10))
    told = fit(client_of(alice), booking=row.pk, start=iso(at(9)), end=iso(at(14))).json()
    assert told["words"].endswith("does not fit, free to Mon 7 Jan 14:00")


def test_rules_speak_before_room(machine, alice, client_of):
    client = client_of(alice)
    past = fit(client, resource=1, start="2020-01-01T10:00Z", end="2020-01-01T11:00Z", gpus=1).json()
    assert (past["fits"], past["words"]) == (False, "The start is in the past.")
    Machine.objects.update(state="draining")
    shut = fit(client, resource=1, start=iso(at(10)), end=iso(at(11)), gpus=1).json()
    assert (shut["fits"], shut["words"]) == (False, "ferme-1 takes no new bookings.")


@pytest.mark.parametrize(
    ("odd", "status"),
    [({}, 400), ({"start": "x", "end": "y"}, 400), ({"start": iso(at(9)), "end": iso(at(10)), "booking": 77}, 404)],
)
def test_a_question_out_of_shape_is_answered_as_one(machine, alice, client_of, odd, status):
    answer = fit(client_of(alice), **odd)
    assert answer.status_code == status
    assert answer.json()["error"]["message"]


def test_what_fits_somebody_else_s_booking_is_not_told(take, alice, bob, client_of):
    row = take(alice, 9, 12, 4)
    assert fit(client_of(bob), booking=row.pk, start=iso(at(9)), end=iso(at(10))).status_code == 403


# --- the free parts of a row
def test_the_free_parts_of_a_row_are_named_in_order_and_leave_out_what_is_closed(take, machine, alice, client_of):
    take(alice, 9, 12, 12)
    Closure.objects.create(machine=machine, start=at(14), end=at(15))
    window = {"start": iso(at(0)), "end": iso(at(18))}
    parts = client_of(alice).get("/farm/machines/1/free/", window).json()["parts"]
    assert [part["name"] for part in parts] == [
        "free Mon 7 Jan 01:00 to 10:00, 12 GPU · 16 GB",
        "free Mon 7 Jan 13:00 to 15:00, 12 GPU · 16 GB",
        "free Mon 7 Jan 16:00 to 19:00, 12 GPU · 16 GB",
    ]


def test_the_past_and_a_machine_that_takes_nothing_are_not_on_offer(machine, alice, client_of, frozen):
    frozen.move_to(at(10))
    client = client_of(alice)
    window = {"start": iso(at(0)), "end": iso(at(18))}
    assert client.get("/farm/machines/1/free/", window).json()["parts"][0]["start"] == "2030-01-07T10:01:00Z"
    assert client.get("/farm/machines/1/free/", {"start": iso(at(0)), "end": iso(at(9))}).json() == {"parts": []}
    assert client.get("/farm/machines/1/free/").json()["parts"][0]["end"] == "2030-01-14T10:00:00Z"  # a week
    assert client.get("/farm/machines/1/free/", {"start": "x"}).status_code == 400
    Machine.objects.update(state="draining")
    assert client.get("/farm/machines/1/free/", window).json() == {"parts": []}


@pytest.mark.parametrize("address", ["/farm/fit/", "/farm/machines/1/free/", "/farm/bookings/1/card/"])
def test_nobody_is_told_anything(client, address):
    assert client.get(address).status_code == 302
