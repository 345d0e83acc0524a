"""The faults that check_capacity finds. Raw SQL makes them, because no command can."""

from datetime import timedelta

import pytest
from celery import current_app as app
from django.db import connection

from farm import tasks
from farm.domain import booking, capacity_check
from farm.domain.capacity_check import CheckCounts, find_faults
from farm.models import Allocation, CapacityCheck, Closure
from farm.rules.limits import RequestedAllocation
from farm.tests.builders import overbook, run_sql_unchecked
from farm.tests.conftest import at


def fault_kinds(since=None):
    return [fault.kind for fault in find_faults(CheckCounts(), since)]


def test_a_farm_made_by_commands_has_no_fault(varied_farm):
    assert list(find_faults(CheckCounts())) == []


def test_an_overbooking_is_found_with_its_machine_time_and_share(varied_farm, machine):
    overbook(varied_farm)
    counts = CheckCounts()
    (fault,) = find_faults(counts)
    assert (fault.kind, fault.machine, fault.name) == ("overbooked", machine.pk, "ferme-1")
    assert (fault.start, fault.end, fault.gpus, fault.memory_gb) == (at(9), at(10), 1, 0)
    assert fault.reservations == [varied_farm.pk]
    assert (counts.machines, counts.allocations) == (4, Allocation.objects.count())


BREAKS = {
    "memory": ("UPDATE farm_allocation SET memory_gb = 17 WHERE reservation_id = %s", ["overbooked"]),
    "lowered": ("UPDATE farm_resource SET gpu_count = 11 WHERE id = 1 OR id = -%s", ["overbooked"]),
    "moved": ("UPDATE farm_reservation SET end = '2030-01-07 10:30:00' WHERE id = %s", ["other_span"]),
    "not held": ("UPDATE farm_allocation SET held = 0 WHERE reservation_id = %s", ["holds_nothing"]),
    "still held": ("UPDATE farm_reservation SET state = 'cancelled' WHERE id = %s", ["holds_though_over"]),
    "without a machine": ("DELETE FROM farm_allocation WHERE reservation_id = %s", ["no_machine"]),
    "nothing": ("UPDATE farm_allocation SET gpus = 0, memory_gb = 0 WHERE reservation_id = %s", ["bad_quantity"]),
    "retired": ("UPDATE farm_resource SET state = 'retired' WHERE id = 1 OR id = -%s", ["retired", "retired"]),
}


@pytest.mark.parametrize("name", BREAKS)
def test_each_kind_of_fault_is_found(name, varied_farm):
    statement, expected = BREAKS[name]
    if connection.vendor != "sqlite":
        statement = statement.replace(" end =", " `end` =")
    run_sql_unchecked(statement, varied_farm.pk)
    assert fault_kinds() == expected


def test_a_closure_of_booked_capacity_is_found_in_whole_or_in_part(varied_farm, machine):
    partial = [Closure(machine=machine, start=at(9), end=at(10), gpus=g, memory_gb=m) for g, m in ((1, 0), (1, 0))]
    Closure.objects.bulk_create(partial)
    assert [(f.kind, f.gpus) for f in find_faults(CheckCounts())] == [("overbooked", 2)]
    Closure.objects.bulk_create([Closure(machine=machine, start=at(9.5), end=at(9.75))])
    assert [(f.kind, f.gpus, f.memory_gb) for f in find_faults(CheckCounts())] == [("overbooked", 12, 16)]


def test_a_closure_with_only_one_of_its_two_quantities_is_found(varied_farm, machine):
    Closure.objects.create(machine=machine, start=at(20), end=at(21), gpus=1, memory_gb=0)
    run_sql_unchecked("UPDATE farm_closure SET memory_gb = NULL WHERE gpus = 1 AND resource_id = %s", machine.pk)
    assert fault_kinds() == ["bad_closure"]


def test_the_past_is_checked_only_with_since(varied_farm, frozen, machine):
    frozen.move_to(at(12))
    overbook(varied_farm)
    assert fault_kinds() == []
    assert fault_kinds(since=at(0)) == ["overbooked"]


def test_pages_lose_no_allocation_even_when_many_begin_at_once(varied_farm, monkeypatch, machine):
    overbook(varied_farm)
    all_faults = list(find_faults(CheckCounts()))
    numbers_read = []
    for size in (1, 2, 3):
        monkeypatch.setattr(capacity_check, "PAGE_SIZE", size)
        counts = CheckCounts()
        assert list(find_faults(counts)) == all_faults
        numbers_read.append(counts.allocations)
    assert numbers_read == [Allocation.objects.count()] * 3


def test_more_bookings_need_no_more_queries(varied_farm, queries_of, alice):
    before = len(queries_of(lambda: list(find_faults(CheckCounts()))))
    for day in range(8, 28):
        allocations = [RequestedAllocation(1, 1, 0)]
        booking.book(actor=None, owner=alice, start=at(9, day), end=at(10, day), allocations=allocations)
    assert len(queries_of(lambda: list(find_faults(CheckCounts())))) == before


def test_the_task_runs_every_night_in_the_time_zone_of_the_school(settings):
    entry = app.conf.beat_schedule["farm-check-capacity"]
    assert entry["task"] == "farm.tasks.check_capacity"
    assert tasks.check_capacity.name == entry["task"]
    assert str(app.timezone) == settings.TIME_ZONE
    assert (entry["schedule"].hour, entry["schedule"].minute) == ({3}, {20})


def test_the_task_saves_the_faults(varied_farm):
    overbook(varied_farm)
    tasks.check_capacity()
    check = CapacityCheck.objects.get()
    assert (check.machines, check.found, check.asked_by) == (4, 1, None)
    assert check.faults[0]["kind"] == "overbooked"
    assert check.finished_at is not None


def test_a_task_delivered_twice_checks_once(varied_farm):
    check = capacity_check.create_check()
    tasks.check_capacity(check.pk)
    overbook(varied_farm)
    tasks.check_capacity(check.pk)
    tasks.check_capacity(check.pk + 1)
    assert CapacityCheck.objects.get().found == 0


def test_old_checks_are_deleted(varied_farm, frozen):
    tasks.check_capacity()
    frozen.shift(capacity_check.KEPT_FOR + timedelta(days=1))
    tasks.check_capacity()
    assert CapacityCheck.objects.count() == 1
