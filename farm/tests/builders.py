"""Rows, form data and helpers that several test modules of the farm use."""

from datetime import timedelta

from django.db import connection

from farm.models import Allocation, Machine, Reservation
from farm.tests.conftest import at

FORM = {"gpus": 4, "memory_gb": 2, "start": "2030-01-07T10:00", "end": "2030-01-07T12:00", "purpose": "a try"}


def second_machine(machine, gpus=1, memory_gb=0):
    """Return the form data that asks for a second machine."""
    return {"lines": 2, "m2-resource": machine, "m2-gpus": gpus, "m2-memory_gb": memory_gb, "m2-without_memory": "on"}


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


def run_sql_unchecked(statement, *values):
    """Run SQL that the commands and the CHECK constraints of the table would not allow."""
    if connection.vendor == "sqlite":
        on, off = "PRAGMA ignore_check_constraints = ON", "PRAGMA ignore_check_constraints = OFF"
    else:
        on, off = "SET check_constraint_checks = 0", "SET check_constraint_checks = 1"
    with connection.cursor() as cursor:
        cursor.execute(on)
        cursor.execute(statement, values)
        cursor.execute(off)


def overbook(reservation):
    """Give a reservation 13 GPUs of a machine that has 12."""
    run_sql_unchecked("UPDATE farm_allocation SET gpus = 13 WHERE reservation_id = %s", reservation.pk)


def stored_values(reservation):
    """Return the values of a reservation and of its allocations in the database."""
    reservation.refresh_from_db()
    allocations = [
        (row.machine_id, row.gpus, row.memory_gb, row.start, row.end, row.held) for row in reservation.lines.all()
    ]
    return reservation.state, reservation.start, reservation.end, reservation.purpose, allocations
