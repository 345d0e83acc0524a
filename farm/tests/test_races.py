"""Many at once on one machine: the lock lets exactly as many through as there is room for, and without it too many.

On SQLite (a file) and on MariaDB; every thread has a connection of its own.
"""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from farm.domain import booking, machines
from farm.models import Allocation, Machine, Reservation
from farm.queries import occupancy
from farm.rules.availability import least
from farm.rules.limits import RequestedAllocation
from farm.tests.conftest import at
from kernel.errors import Busy, Conflict

CALLERS = 32
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database, pytest.mark.usefixtures("frozen")]


def all_at_once(act, count=CALLERS):
    """The answers of `count` threads that start together."""
    gate = threading.Barrier(count)

    def run(number):
        gate.wait()
        try:
            return act(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def answer_of(act):
    try:
        act()
    except Conflict:
        return "refused"
    except Busy:
        return "busy"
    return "booked"


def peak_of(machine):
    fresh = Machine.objects.get(pk=machine.pk)
    return fresh.gpu_count - least(occupancy.profiles([fresh], at(0), at(23))[fresh.pk]).gpus


def test_of_32_at_once_one_gets_the_last_gpu_and_31_are_refused(take, machine, alice, bob):
    take(alice, 8, 20, 11)
    people = [alice, bob]
    answers = all_at_once(lambda number: answer_of(lambda: take(people[number % 2], 9, 10, 1)))
    assert sorted(answers) == ["booked"] + ["refused"] * (CALLERS - 1)
    assert peak_of(machine) == 12


def test_several_machines_at_once_never_lock_each_other_out(machine, alice, bob):
    """Half ask for the machines in one order, half in the other."""
    other = machines.add_machine(actor=None, name="ferme-2", gpu_count=12, memory_gb=16)
    pair = [RequestedAllocation(machine.pk, 1, 0), RequestedAllocation(other.pk, 1, 0)]

    def ask(number):
        lines, owner = (pair, alice) if number % 2 else (pair[::-1], bob)
        return answer_of(lambda: booking.book(actor=None, owner=owner, start=at(9), end=at(10), allocations=lines))

    answers = all_at_once(ask)
    assert answers.count("booked") == 12
    assert answers.count("refused") == CALLERS - 12
    assert peak_of(machine) == peak_of(other) == 12


def test_a_capacity_is_not_lowered_below_what_is_booked_meanwhile(take, machine, alice):
    def act(number):
        if number % 4:
            return answer_of(lambda: take(alice, 9, 10, 1))
        return answer_of(lambda: machines.change_machine(actor=None, machine_id=machine.pk, gpu_count=6))

    all_at_once(act)
    assert peak_of(machine) <= Machine.objects.get(pk=machine.pk).gpu_count


def test_without_the_lock_the_same_rush_overbooks(take, machine, alice):
    """The control: the same question and the same rows, asked without the lock, between two looks of the others."""
    take(alice, 8, 20, 11)
    looked = threading.Barrier(8)

    def careless(number):
        free = occupancy.profiles([machine], at(9), at(10))[machine.pk]
        fits = least(free).gpus >= 1
        looked.wait()
        if fits:
            with transaction.atomic():
                row = Reservation.objects.create(owner=alice, start=at(9), end=at(10), state="confirmed")
                Allocation.objects.create(
                    reservation=row, machine=machine, gpus=1, memory_gb=0, start=at(9), end=at(10)
                )

    all_at_once(careless, 8)
    assert peak_of(machine) == 19  # of 12


def test_a_machine_that_is_being_booked_can_be_closed_and_lowered(take, machine, alice, bob):
    """New bookings come faster than they could be read and locked one by one: the desk must still get its turn."""
    people = [alice, bob]
    answers = []

    def act(number):
        if number == 0:
            answers.append(
                answer_of(
                    lambda: machines.close(
                        actor=None, machine_id=machine.pk, start=at(0), end=at(23), gpus=11, memory_gb=0, confirm=True
                    )
                )
            )
            return
        for hour in range(8):
            answer_of(lambda hour=hour: take(people[number % 2], hour, hour + 1, 1))

    all_at_once(act)
    assert answers == ["booked"]
    free = occupancy.profiles([machine], at(0), at(23))[machine.pk]
    assert least(free).gpus >= 0
