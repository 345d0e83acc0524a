"""Rows and form data that several test modules of the farm build."""

from datetime import timedelta

from farm.models import Allocation, Machine, Reservation
from farm.tests.conftest import at

FORM = {"gpus": 4, "memory_gb": 2, "start": "2030-01-07T10:00", "end": "2030-01-07T12:00", "purpose": "a try"}


def second_machine(machine, gpus=1, memory_gb=0):
    """Return the form data that asks for a second machine."""
    return {"lines": 2, "m2-resource": machine, "m2-gpus": gpus, "m2-memory_gb": memory_gb}


def many_machines(count, per_machine=0, owner=None, **values):
    """Insert machines with bookings in bulk, for tests of how they are read."""
    machines = Machine.objects.bulk_create(
        Machine(name=f"node-{number:03}", **{"gpu_count": 8, "memory_gb": 512, "gpu_model": "A100"} | values)
        for number in range(count)
    )
    bookings_in_bulk(machines, [at(0) + timedelta(hours=16 * number) for number in range(per_machine)], owner)
    return machines


def bookings_in_bulk(machines, starts, owner):
    """Insert a booking of 20 hours for each machine and each start."""
    spans = [(machine, start, start + timedelta(hours=20)) for machine in machines for start in starts]
    reservations = Reservation.objects.bulk_create(
        Reservation(owner=owner, purpose="work", start=start, end=end, state="confirmed") for _, start, end in spans
    )
    Allocation.objects.bulk_create(
        Allocation(reservation=reservation, machine=machine, start=start, end=end, gpus=2, memory_gb=1)
        for reservation, (machine, start, end) in zip(reservations, spans, strict=True)
    )
