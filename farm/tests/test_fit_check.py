"""The questions of a drag: does it fit, and which parts of a machine are free?"""

import pytest

from farm.domain import booking, machines
from farm.models import Closure, Machine
from farm.rules.limits import RequestedAllocation
from farm.tests.conftest import at

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]


def iso(moment):
    return moment.isoformat()


def fit(client, **values):
    return client.get("/farm/fit/", values)


def test_the_answer_for_a_fit_names_what_is_free(take, alice, client_of):
    take(alice, 9, 12, 4)
    answer = fit(client_of(alice), resource=1, start=iso(at(10)), end=iso(at(11)), gpus=1).json()
    assert answer == {"fits": True, "words": "Mon 7 Jan 11:00 – 12:00: fits, 8 GPUs · 16 GB free", "first_free": None}


def test_the_answer_for_no_fit_names_the_first_free_time(take, alice, bob, client_of):
    take(bob, 9, 12, 10)
    answer = fit(client_of(alice), resource=1, start=iso(at(10)), end=iso(at(11)), gpus=4).json()
    assert answer["fits"] is False
    assert answer["words"] == "Mon 7 Jan 11:00 – 12:00: does not fit, first free at Mon 7 Jan 13:00"
    assert answer["first_free"] == "2030-01-07T12:00:00Z"


def test_the_booking_that_moves_is_not_in_its_own_way(take, alice, client_of):
    row = take(alice, 9, 12, 12)
    answer = fit(client_of(alice), booking=row.pk, start=iso(at(10)), end=iso(at(13))).json()
    assert answer["fits"] is True


def test_every_machine_of_a_booking_is_checked(machine, alice, bob, client_of, take):
    other = machines.add_machine(actor=None, name="other", gpu_count=4, memory_gb=8)
    lines = [RequestedAllocation(machine.pk, 1, 0), RequestedAllocation(other.pk, 2, 0)]
    row = booking.book(actor=alice, owner=alice, start=at(9), end=at(10), allocations=lines)
    take(bob, 11, 12, 3, machine_id=other.pk)
    take(bob, 12, 13, 12)
    answer = fit(client_of(alice), booking=row.pk, start=iso(at(11)), end=iso(at(12))).json()
    assert (answer["fits"], answer["first_free"]) == (False, "2030-01-07T13:00:00Z")


def test_the_answer_for_a_running_booking_names_the_latest_possible_end(take, alice, bob, client_of, frozen):
    row = take(alice, 9, 12, 8)
    take(bob, 13, 15, 8)
    frozen.move_to(at(10))
    answer = fit(client_of(alice), booking=row.pk, start=iso(at(9)), end=iso(at(14))).json()
    assert answer["words"].endswith("does not fit, free to Mon 7 Jan 14:00")


def test_a_broken_rule_is_named_before_missing_capacity(machine, alice, client_of):
    client = client_of(alice)
    past = fit(client, resource=1, start="2020-01-01T10:00Z", end="2020-01-01T11:00Z", gpus=1).json()
    assert (past["fits"], past["words"]) == (False, "The start is in the past.")
    Machine.objects.update(state="draining")
    draining = fit(client, resource=1, start=iso(at(10)), end=iso(at(11)), gpus=1).json()
    assert (draining["fits"], draining["words"]) == (False, "ferme-1 takes no new bookings.")


@pytest.mark.parametrize(
    ("invalid", "status"),
    [({}, 400), ({"start": "x", "end": "y"}, 400), ({"start": iso(at(9)), "end": iso(at(10)), "booking": 77}, 404)],
)
def test_an_invalid_question_is_refused_with_a_message(machine, alice, client_of, invalid, status):
    answer = fit(client_of(alice), **invalid)
    assert answer.status_code == status
    assert answer.json()["error"]["message"]


def test_only_the_owner_may_ask_for_a_booking(take, alice, bob, client_of):
    row = take(alice, 9, 12, 4)
    assert fit(client_of(bob), booking=row.pk, start=iso(at(9)), end=iso(at(10))).status_code == 403


def test_free_parts_are_named_in_order_and_leave_out_closures(take, machine, alice, client_of):
    take(alice, 9, 12, 12)
    Closure.objects.create(machine=machine, start=at(14), end=at(15))
    window = {"start": iso(at(0)), "end": iso(at(18))}
    parts = client_of(alice).get("/farm/machines/1/free/", window).json()["parts"]
    assert [part["name"] for part in parts] == [
        "free Mon 7 Jan 01:00 to 10:00, 12 GPUs · 16 GB",
        "free Mon 7 Jan 13:00 to 15:00, 12 GPUs · 16 GB",
        "free Mon 7 Jan 16:00 to 19:00, 12 GPUs · 16 GB",
    ]


def test_neither_the_past_nor_a_draining_machine_has_free_parts(machine, alice, client_of, frozen):
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
def test_the_answers_need_a_sign_in(client, address):
    assert client.get(address).status_code == 302
