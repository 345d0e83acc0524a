"""Every alternative of a refusal can be booked right after it was offered."""

import functools
from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from farm.domain import booking, machines
from farm.domain.no_capacity import NoCapacity
from farm.rules.limits import RequestedAllocation
from farm.tests.conftest import NOW
from kernel.errors import Refused

pytestmark = [pytest.mark.django_db, pytest.mark.database]
HOURS = 12
spans = st.tuples(st.integers(0, HOURS), st.integers(1, 6))
held = st.lists(st.tuples(spans, st.integers(0, 1), st.integers(0, 4), st.integers(0, 4)), max_size=6)
closed = st.lists(st.tuples(spans, st.integers(0, 1), st.none() | st.integers(1, 4)), max_size=2)
requested = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=2)

# Much is held, so that many changes are refused and get alternatives.
crowded = st.lists(st.tuples(spans, st.integers(0, 1), st.integers(2, 4), st.integers(0, 4)), min_size=4, max_size=8)
large = st.lists(st.tuples(st.integers(0, 1), st.integers(2, 4), st.integers(0, 4)), min_size=1, max_size=2)


def moment(hour):
    return NOW + timedelta(hours=hour)


def attempt(command):
    try:
        return command()
    except Refused:  # a booking that does not fit while filling the farm
        return None


def allocations_of(farm, wanted):
    return [RequestedAllocation(farm[index].pk, gpus, memory) for index, gpus, memory in wanted if gpus or memory]


def new_farm():
    """Two machines of 4 GPUs and 4 GB, and one of 2."""
    return [
        machines.add_machine(actor=None, name=f"m{index}", gpu_count=size, memory_gb=size)
        for index, size in enumerate((4, 4, 2))
    ]


def fill(farm, owner, held, closed):
    """Add the bookings and closures that fit."""
    for (start, length), index, gpus in closed:
        values = {"start": moment(start), "end": moment(start + length), "gpus": gpus}
        attempt(lambda index=index, values=values: machines.close(actor=None, machine_id=farm[index].pk, **values))
    for (start, length), index, gpus, memory in held:
        allocations = allocations_of(farm, [(index, gpus, memory)])
        attempt(
            lambda start=start, length=length, allocations=allocations: booking.book(
                actor=None, owner=owner, start=moment(start), end=moment(start + length), allocations=allocations
            )
        )


def take_each_alternative(refusal, take):
    """Book each alternative and roll it back. Return how many there were."""
    for alternative in refusal.alternatives:
        with transaction.atomic():
            allocations = [
                RequestedAllocation(offered.machine.pk, *offered.share) for offered in alternative.allocations
            ]
            reservation = take(alternative, allocations)
            assert (reservation.start, reservation.end) == (alternative.start, alternative.end), alternative
            transaction.set_rollback(True)
    return len(refusal.alternatives)


def examples(count):
    return settings(
        max_examples=count, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )


def rolled_back(test):
    @functools.wraps(test)
    def run(**values):
        with transaction.atomic():
            test(**values)
            transaction.set_rollback(True)

    return run


def test_each_alternative_to_a_booking_can_be_booked(frozen, alice):
    taken = []

    @examples(150)
    @given(held=held, closed=closed, requested=requested, span=spans)
    @rolled_back
    def search(held, closed, requested, span):
        farm = new_farm()
        fill(farm, alice, held, closed)
        allocations, start, end = allocations_of(farm, requested), moment(span[0]), moment(sum(span))

        def book(start, end, allocations):
            return booking.book(actor=alice, owner=alice, start=start, end=end, allocations=allocations)

        try:
            with transaction.atomic():
                book(start, end, allocations)
        except NoCapacity as refusal:
            taken.append(
                take_each_alternative(
                    refusal, lambda alternative, allocations: book(alternative.start, alternative.end, allocations)
                )
            )

    search()
    assert sum(taken) > 20


def test_each_alternative_to_a_change_can_be_taken(frozen, alice, bob):
    """Of a booking that lies ahead, and of one that runs: of that only the end changes."""
    taken, running = [], []

    @examples(400)
    @given(
        held=held,
        closed=closed,
        requested=requested,
        span=spans,
        wait=st.sampled_from([-2, 0, 0, 0, 1]),
        longer=st.integers(1, 8),
    )
    @rolled_back
    def search(held, closed, requested, span, wait, longer):
        frozen.move_to(NOW)
        farm = new_farm()
        wanted = allocations_of(farm, requested)
        reservation = wanted and attempt(
            lambda: booking.book(
                actor=None, owner=alice, start=moment(span[0]), end=moment(sum(span)), allocations=wanted
            )
        )
        if not reservation:
            return
        fill(farm, bob, held, closed)
        now = max(NOW, reservation.start + timedelta(hours=wait))
        frozen.move_to(now)

        def change(**values):
            return booking.change(actor=alice, reservation_id=reservation.pk, **values)

        try:
            with transaction.atomic():
                change(end=reservation.end + timedelta(hours=longer))
        except NoCapacity as refusal:
            count = take_each_alternative(
                refusal,
                lambda alternative, allocations: change(
                    start=alternative.start, end=alternative.end, allocations=allocations
                ),
            )
            (running if reservation.start <= now else taken).append(count)
        except Refused:
            pass  # over, or displaced by a closure

    search()
    assert sum(taken) > 5 and sum(running) > 1


def test_the_alternative_for_a_running_booking_can_be_sent_unchanged(frozen, take, alice, bob, api_of):
    """With its start: an alternative with another start could not be taken."""
    reservation = take(alice, 9, 11, 8)
    take(bob, 12, 13, 8)
    frozen.move_to(reservation.start + timedelta(hours=1))
    address = f"/api/v1/farm/reservations/{reservation.pk}"
    refusal = api_of(alice).patch(address, {"end": "2030-01-07T13:00:00Z"}).json()["error"]
    [alternative] = refusal["alternatives"]
    answer = api_of(alice).patch(address, {name: alternative[name] for name in ("start", "end", "lines")})
    assert answer.status_code == 200, answer.json()
    assert answer.json()["end"] == "2030-01-07T12:00:00Z"
