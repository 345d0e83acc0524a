"""Many requests at once: the lock admits exactly as many as fit.

Without it there are too many. On SQLite (a file) and on MariaDB; every thread has its own connection.
"""

import threading

import pytest
from django.db import transaction

from farm.domain import book_any, booking, machines
from farm.models import Allocation, Machine, Reservation
from farm.queries import occupancy
from farm.queries.slot_search import MachineRequest, choose_machines
from farm.rules.availability import least
from farm.rules.limits import RequestedAllocation
from farm.tests.conftest import at
from kernel.errors import Busy, Conflict
from kernel.testing.threads import run_at_once

CALLERS = 32
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database, pytest.mark.usefixtures("frozen")]


def outcome_of(command):
    """Return booked, refused or busy."""
    try:
        command()
    except Conflict:
        return "refused"
    except Busy:
        return "busy"
    return "booked"


def peak_of(machine):
    """Return the most GPUs that are taken at once on 7 January 2030."""
    fresh = Machine.objects.get(pk=machine.pk)
    return fresh.gpu_count - least(occupancy.profiles([fresh], at(0), at(23))[fresh.pk]).gpus


def test_one_of_32_requests_at_once_gets_the_last_gpu(take, machine, alice, bob):
    take(alice, 8, 20, 11)
    people = [alice, bob]
    outcomes = run_at_once(lambda number: outcome_of(lambda: take(people[number % 2], 9, 10, 1)), CALLERS)
    assert sorted(outcomes) == ["booked"] + ["refused"] * (CALLERS - 1)
    assert peak_of(machine) == 12


def test_bookings_of_two_machines_in_either_order_do_not_deadlock(machine, alice, bob):
    """Half of them name the machines in one order, half in the other."""
    other = machines.add_machine(actor=None, name="ferme-2", gpu_count=12, memory_gb=16)
    pair = [RequestedAllocation(machine.pk, 1, 0), RequestedAllocation(other.pk, 1, 0)]

    def book_both(number):
        allocations, owner = (pair, alice) if number % 2 else (pair[::-1], bob)
        return outcome_of(
            lambda: booking.book(actor=None, owner=owner, start=at(9), end=at(10), allocations=allocations)
        )

    outcomes = run_at_once(book_both, CALLERS)
    assert outcomes.count("booked") == 12
    assert outcomes.count("refused") == CALLERS - 12
    assert peak_of(machine) == peak_of(other) == 12


def test_a_capacity_is_not_lowered_below_bookings_made_at_the_same_time(take, machine, alice):
    def book_or_lower(number):
        if number % 4:
            return outcome_of(lambda: take(alice, 9, 10, 1))
        return outcome_of(lambda: machines.change_machine(actor=None, machine_id=machine.pk, gpu_count=6))

    run_at_once(book_or_lower, CALLERS)
    assert peak_of(machine) <= Machine.objects.get(pk=machine.pk).gpu_count


def test_the_same_requests_without_the_lock_overbook(take, machine, alice):
    """The control: all threads read the free capacity before any of them writes."""
    take(alice, 8, 20, 11)
    all_have_read = threading.Barrier(8)

    def book_without_lock(number):
        free = occupancy.profiles([machine], at(9), at(10))[machine.pk]
        fits = least(free).gpus >= 1
        all_have_read.wait()
        if fits:
            with transaction.atomic():
                reservation = Reservation.objects.create(owner=alice, start=at(9), end=at(10), state="confirmed")
                Allocation.objects.create(
                    reservation=reservation, machine=machine, gpus=1, memory_gb=0, start=at(9), end=at(10)
                )

    run_at_once(book_without_lock, 8)
    assert peak_of(machine) == 19  # of 12


def test_a_machine_can_be_closed_while_many_book_it(take, machine, alice, bob):
    """New bookings come faster than they can be read and locked one by one."""
    people = [alice, bob]
    outcomes = []

    def close_or_book(number):
        if number == 0:
            outcomes.append(
                outcome_of(
                    lambda: machines.close(
                        actor=None, machine_id=machine.pk, start=at(0), end=at(23), gpus=11, memory_gb=0, confirm=True
                    )
                )
            )
            return
        for hour in range(8):
            outcome_of(lambda hour=hour: take(people[number % 2], hour, hour + 1, 1))

    run_at_once(close_or_book, CALLERS)
    assert outcomes == ["booked"]
    free = occupancy.profiles([machine], at(0), at(23))[machine.pk]
    assert least(free).gpus >= 0


def test_eight_requests_at_once_for_any_machine_get_eight_machines(machine, alice, bob, monkeypatch):
    """All eight choose the same machine, before any of them has booked it."""
    all_have_chosen = threading.Barrier(8)

    def choose_together(*args):
        choice = choose_machines(*args)
        if len(args) == 3:  # without a lock
            all_have_chosen.wait(30)
        return choice

    monkeypatch.setattr(book_any, "choose_machines", choose_together)
    for number in range(8):
        machines.add_machine(actor=None, name=f"node-{number}", gpu_count=4, memory_gb=64, tags=["node"])
    people = [alice, bob]
    any_node = [MachineRequest(4, 64, tag="node")]

    def book_any_node(number):
        owner = people[number % 2]
        return outcome_of(
            lambda: book_any.book(actor=owner, owner=owner, machine_requests=any_node, start=at(9), end=at(10))
        )

    assert run_at_once(book_any_node, 8) == ["booked"] * 8
    assert Allocation.objects.filter(machine__name__startswith="node").values("machine").distinct().count() == 8
    monkeypatch.undo()
    assert book_any_node(0) == "refused"
