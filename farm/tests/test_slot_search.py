"""The search for free slots agrees with the profiles of the machines."""

import random
from datetime import timedelta

import pytest

from farm.domain import machines
from farm.models import Allocation, Closure, Machine, Reservation
from farm.queries import slot_search
from farm.queries.occupancy import first_gaps, profiles
from farm.rules.availability import Share, earliest_fit
from farm.tests.conftest import NOW

WINDOW = timedelta(days=9)


@pytest.fixture
def crowded(alice):
    """Three machines with bookings and closures at odd microseconds.

    Two of the closures are of the whole machine.
    """
    chance = random.Random(11)
    for number in range(3):
        machines.add_machine(actor=None, name=f"odd-{number}", gpu_count=8, memory_gb=64)
    rows = list(Machine.objects.all())
    for _ in range(60):
        start = NOW + chance.random() * WINDOW - timedelta(days=1)
        if chance.random() < 0.5:
            start = start.replace(microsecond=0)
        end = start + timedelta(hours=chance.randint(1, 20), microseconds=chance.choice([0, 1, 999_999]))
        booking = Reservation.objects.create(owner=alice, start=start, end=end, state="confirmed", created_at=NOW)
        share = {"gpus": chance.randint(0, 4), "memory_gb": chance.randint(1, 16)}
        held = {"start": start, "end": end, "held": chance.random() < 0.8}
        Allocation.objects.create(reservation=booking, machine=chance.choice(rows), **share, **held)
    for row, share in zip(rows, ({}, {"gpus": 3, "memory_gb": 0}, {}), strict=True):
        start = NOW + chance.random() * WINDOW
        Closure.objects.create(machine=row, start=start, end=start + timedelta(hours=30), **share)
    return rows


@pytest.mark.parametrize("gpus", [1, 4, 8])
@pytest.mark.parametrize("hours", [1, 7, 30])
def test_first_gaps_equal_the_earliest_fits_of_the_profiles(crowded, gpus, hours):
    need, length = Share(gpus, 10), timedelta(hours=hours)
    steps = profiles(crowded, NOW, NOW + WINDOW)
    wanted = {pk: earliest_fit(mine, need, length) for pk, mine in steps.items()}
    assert any(wanted.values())
    slot = first_gaps([(row, need) for row in crowded], length, NOW, NOW + WINDOW)
    assert slot == {pk: start for pk, start in wanted.items() if start}


def test_one_request_gets_the_smallest_of_the_earliest_machines(crowded):
    machines.add_machine(actor=None, name="small", gpu_count=2, memory_gb=16)
    slot = slot_search.earliest_joint_slot([slot_search.MachineRequest(2, 8)], timedelta(hours=1), NOW, NOW + WINDOW)
    assert (slot.machines[0].name, slot.start) == ("small", NOW)
    too_large = [slot_search.MachineRequest(9, 0)]
    assert slot_search.earliest_joint_slot(too_large, timedelta(hours=1), NOW, NOW + WINDOW) is None
