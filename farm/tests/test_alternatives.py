"""Every way on that a refusal offers is taken: what was offered a moment ago can really be had."""

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
shut = st.lists(st.tuples(spans, st.integers(0, 1), st.none() | st.integers(1, 4)), max_size=2)
asked = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=2)

# Much is held, so that a change is refused often enough to ask for its ways on.
crowded = st.lists(st.tuples(spans, st.integers(0, 1), st.integers(2, 4), st.integers(0, 4)), min_size=4, max_size=8)
large = st.lists(st.tuples(st.integers(0, 1), st.integers(2, 4), st.integers(0, 4)), min_size=1, max_size=2)


def moment(hour):
    return NOW + timedelta(hours=hour)


def attempt(act):
    try:
        return act()
    except Refused:  # what is in the way of a filling is no part of the question
        return None


def lines_of(farm, wanted):
    return [RequestedAllocation(farm[index].pk, gpus, memory) for index, gpus, memory in wanted if gpus or memory]


def new_farm():
    """Two machines of 4 GPUs and 4 GB, and one of 2."""
    return [
        machines.add_machine(actor=None, name=f"m{index}", gpu_count=size, memory_gb=size)
        for index, size in enumerate((4, 4, 2))
    ]


def fill(farm, owner, held, shut):
    """With bookings and closures, as far as they fit."""
    for (start, length), index, gpus in shut:
        values = {"start": moment(start), "end": moment(start + length), "gpus": gpus}
        attempt(lambda index=index, values=values: machines.close(actor=None, machine_id=farm[index].pk, **values))
    for (start, length), index, gpus, memory in held:
        lines = lines_of(farm, [(index, gpus, memory)])
        attempt(
            lambda start=start, length=length, lines=lines: booking.book(
                actor=None, owner=owner, start=moment(start), end=moment(start + length), allocations=lines
            )
        )


def take_each(refusal, take):
    """Each alternative by itself, and then as if it had not been; how many there were."""
    for way in refusal.alternatives:
        with transaction.atomic():
            lines = [RequestedAllocation(part.machine.pk, *part.share) for part in way.allocations]
            row = take(way, lines)
            assert (row.start, row.end) == (way.start, way.end), way
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


def test_each_alternative_to_a_booking_books(frozen, alice):
    taken = []

    @examples(150)
    @given(held=held, shut=shut, asked=asked, span=spans)
    @rolled_back
    def search(held, shut, asked, span):
        farm = new_farm()
        fill(farm, alice, held, shut)
        lines, start, end = lines_of(farm, asked), moment(span[0]), moment(sum(span))

        def book(start, end, lines):
            return booking.book(actor=alice, owner=alice, start=start, end=end, allocations=lines)

        try:
            with transaction.atomic():
                book(start, end, lines)
        except NoCapacity as refusal:
            taken.append(take_each(refusal, lambda way, lines: book(way.start, way.end, lines)))

    search()
    assert sum(taken) > 20


def test_each_alternative_to_a_change_changes_it(frozen, alice, bob):
    """Of a booking to come, and of one that runs: of that only the end is another."""
    taken, running = [], []

    @examples(400)
    @given(
        held=held, shut=shut, asked=asked, span=spans, wait=st.sampled_from([-2, 0, 0, 0, 1]), longer=st.integers(1, 8)
    )
    @rolled_back
    def search(held, shut, asked, span, wait, longer):
        frozen.move_to(NOW)
        farm = new_farm()
        wanted = lines_of(farm, asked)
        row = wanted and attempt(
            lambda: booking.book(
                actor=None, owner=alice, start=moment(span[0]), end=moment(sum(span)), allocations=wanted
            )
        )
        if not row:
            return
        fill(farm, bob, held, shut)
        now = max(NOW, row.start + timedelta(hours=wait))
        frozen.move_to(now)

        def change(**values):
            return booking.change(actor=alice, reservation_id=row.pk, **values)

        try:
            with transaction.atomic():
                change(end=row.end + timedelta(hours=longer))
        except NoCapacity as refusal:
            count = take_each(refusal, lambda way, lines: change(start=way.start, end=way.end, allocations=lines))
            (running if row.start <= now else taken).append(count)
        except Refused:
            pass  # over, or displaced by a closure

    search()
    assert sum(taken) > 5 and sum(running) > 1


def test_the_way_on_of_a_running_booking_can_be_sent_as_it_is(frozen, take, alice, bob, api_of):
    """Start and all: an alternative that named another start could not be taken."""
    row = take(alice, 9, 11, 8)
    take(bob, 12, 13, 8)
    frozen.move_to(row.start + timedelta(hours=1))
    address = f"/api/v1/farm/reservations/{row.pk}"
    refusal = api_of(alice).patch(address, {"end": "2030-01-07T13:00:00Z"}).json()["error"]
    [way] = refusal["alternatives"]
    answer = api_of(alice).patch(address, {name: way[name] for name in ("start", "end", "lines")})
    assert answer.status_code == 200, answer.json()
    assert answer.json()["end"] == "2030-01-07T12:00:00Z"
