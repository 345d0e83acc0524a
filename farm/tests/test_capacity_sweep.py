"""The rules of check_capacity: overbookings, and the faults of one allocation."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from farm.rules.availability import Load, Share, profile
from farm.rules.capacity_sweep import (
    AllocationFacts,
    ClosureFacts,
    HeldAllocation,
    allocation_faults,
    find_overbookings,
)
from farm.tests.conftest import NOW

spans = st.tuples(st.integers(0, 12), st.integers(1, 6), st.integers(0, 4), st.integers(0, 4))


def moment(hour: int) -> datetime:
    return NOW + timedelta(hours=hour)


@settings(max_examples=300, deadline=None)
@given(st.lists(spans, max_size=12), st.lists(spans, max_size=4), st.integers(0, 6), st.integers(0, 14))
def test_the_sweep_finds_the_negative_steps_of_the_profile(booked, closed, size, since):
    capacity = Share(size, size)
    allocations = sorted(HeldAllocation(moment(a), moment(a + n), g, m, i) for i, (a, n, g, m) in enumerate(booked))
    closures = sorted(ClosureFacts(moment(a), moment(a + n), g, m) for a, n, g, m in closed)
    overbookings = list(find_overbookings(capacity, iter(allocations), iter(closures), moment(since)))
    loads, closed_loads = [Load(*row[:4]) for row in allocations], [Load(*row) for row in closures]
    steps = profile(capacity, loads, closed_loads, moment(since), moment(40))
    short = {hour for hour in range(since, 40) if any(
        step.start <= moment(hour) < step.end and min(step.free) < 0 for step in steps)}  # fmt: skip
    assert {hour for hour in range(40) if any(over.start <= moment(hour) < over.end for over in overbookings)} == short
    for over in overbookings:
        inside = [step.free for step in steps if step.start < over.end and step.end > over.start]
        assert over.missing == (max(0, -min(f.gpus for f in inside)), max(0, -min(f.memory_gb for f in inside)))


def test_an_overbooking_names_its_reservations_and_its_worst_moment():
    allocations = [HeldAllocation(moment(0), moment(3), 3, 0, 1), HeldAllocation(moment(1), moment(2), 2, 0, 2),
                   HeldAllocation(moment(3), moment(4), 1, 0, 3)]  # fmt: skip
    (over,) = find_overbookings(Share(2, 0), allocations, [], NOW)
    assert over == (moment(0), moment(3), Share(3, 0), [1, 2])


def test_overlapping_closures_reduce_the_capacity_to_zero_at_most():
    allocations = [HeldAllocation(moment(0), moment(1), 1, 0, 1)]
    part = ClosureFacts(moment(0), moment(1), 1, 0)
    assert list(find_overbookings(Share(2, 0), allocations, [part], NOW)) == []
    assert next(find_overbookings(Share(2, 0), allocations, [part, part, part], NOW)).missing == (1, 0)
    whole = ClosureFacts(moment(0), moment(9), None, None)
    assert next(find_overbookings(Share(2, 0), allocations, [whole], NOW)).missing == (1, 0)


def test_a_negative_quantity_adds_no_capacity():
    allocations = [HeldAllocation(moment(0), moment(1), -100, 0, 1), HeldAllocation(moment(0), moment(1), 3, 0, 2)]
    assert next(find_overbookings(Share(2, 0), allocations, [], NOW)).missing == (1, 0)


def facts(**values):
    span = {"start": moment(1), "end": moment(2), "reservation_start": moment(1), "reservation_end": moment(2)}
    usual = {"gpus": 1, "memory_gb": 0, "held": True, "reservation": 1, "state": "confirmed"}
    return AllocationFacts(**span | usual | values)


PAST = {"start": moment(-2), "end": moment(-1), "reservation_start": moment(-2), "reservation_end": moment(-1)}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, []),
        ({"held": False}, ["holds_nothing"]),
        ({"end": moment(3)}, ["other_span"]),
        ({"start": moment(2), "reservation_start": moment(2)}, ["bad_span"]),
        ({"end": moment(2401), "reservation_end": moment(2401), "start": NOW, "reservation_start": NOW}, ["bad_span"]),
        ({"gpus": 0}, ["bad_quantity"]),
        ({"gpus": -1, "memory_gb": 4}, ["bad_quantity"]),
        ({"gpus": None}, ["bad_quantity"]),
        ({"state": "cancelled"}, ["holds_though_over"]),
        ({"state": "cancelled", "held": False}, []),
        ({"state": "draft"}, ["holds_though_over"]),
        ({"state": "released"}, ["holds_though_over"]),
        ({"state": "released", **PAST}, []),
        ({"state": "displaced", **PAST}, []),
        ({"state": "finished", **PAST}, []),
        ({"state": "cancelled", **PAST}, ["holds_though_over"]),
        ({"state": "confirmed", **PAST}, []),
    ],
)
def test_an_allocation_is_compared_with_its_reservation(values, expected):
    assert allocation_faults(facts(**values), NOW) == expected
