"""check_capacity: what it finds, how it says it, who is told. Faults are made with raw SQL: no verb makes one."""

import json
from datetime import datetime, timedelta
from io import StringIO

import pytest
from celery import current_app as app
from django.core.management import call_command
from django.db import connection
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from accounts.models import AuditEvent
from farm import tasks
from farm.domain import booking, capacity_check, machines
from farm.domain.capacity_check import CheckCounts, find_faults
from farm.models import Allocation, CapacityCheck, Closure, Reservation
from farm.rules.availability import Load, Share, profile
from farm.rules.capacity_sweep import (
    AllocationFacts,
    ClosureFacts,
    HeldAllocation,
    allocation_faults,
    find_overbookings,
)
from farm.tests.conftest import NOW, at


def sql(statement, *values):
    """Around the verbs, and around the CHECKs of the table."""
    if connection.vendor == "sqlite":
        on, off = "PRAGMA ignore_check_constraints = ON", "PRAGMA ignore_check_constraints = OFF"
    else:
        on, off = "SET check_constraint_checks = 0", "SET check_constraint_checks = 1"
    with connection.cursor() as cursor:
        cursor.execute(on)
        cursor.execute(statement, values)
        cursor.execute(off)


def overbook(reservation):
    sql("UPDATE farm_allocation SET gpus = 13 WHERE reservation_id = %s", reservation.pk)


def kinds(since=None):
    return [fault.kind for fault in find_faults(CheckCounts(), since)]


# --- the rule ------------------------------------------------------------------------------------------------------
spans = st.tuples(st.integers(0, 12), st.integers(1, 6), st.integers(0, 4), st.integers(0, 4))


def moment(hour: int) -> datetime:
    return NOW + timedelta(hours=hour)


@limits(max_examples=300, deadline=None)
@given(st.lists(spans, max_size=12), st.lists(spans, max_size=4), st.integers(0, 6), st.integers(0, 14))
def test_the_sweep_finds_what_the_profile_finds(taken, shut, size, since):
    capacity = Share(size, size)
    lines = sorted(HeldAllocation(moment(a), moment(a + n), g, m, i) for i, (a, n, g, m) in enumerate(taken))
    closed = sorted(ClosureFacts(moment(a), moment(a + n), g, m) for a, n, g, m in shut)
    found = list(find_overbookings(capacity, iter(lines), iter(closed), moment(since)))
    steps = profile(
        capacity, [Load(*row[:4]) for row in lines], [Load(*row) for row in closed], moment(since), moment(40)
    )
    short = {hour for hour in range(since, 40) if any(
        step.start <= moment(hour) < step.end and min(step.free) < 0 for step in steps)}  # fmt: skip
    assert {hour for hour in range(40) if any(over.start <= moment(hour) < over.end for over in found)} == short
    for over in found:
        inside = [step.free for step in steps if step.start < over.end and step.end > over.start]
        assert over.missing == (max(0, -min(f.gpus for f in inside)), max(0, -min(f.memory_gb for f in inside)))


def test_a_stretch_names_the_bookings_in_it_and_its_worst_moment():
    lines = [HeldAllocation(moment(0), moment(3), 3, 0, 1), HeldAllocation(moment(1), moment(2), 2, 0, 2),
             HeldAllocation(moment(3), moment(4), 1, 0, 3)]  # fmt: skip
    (over,) = find_overbookings(Share(2, 0), lines, [], NOW)
    assert over == (moment(0), moment(3), Share(3, 0), [1, 2])


def test_an_overlapping_closure_of_a_part_counts_once_and_none_is_all():
    lines = [HeldAllocation(moment(0), moment(1), 1, 0, 1)]
    part = ClosureFacts(moment(0), moment(1), 1, 0)
    assert list(find_overbookings(Share(2, 0), lines, [part], NOW)) == []
    assert next(find_overbookings(Share(2, 0), lines, [part, part, part], NOW)).missing == (1, 0)
    assert next(
        find_overbookings(Share(2, 0), lines, [ClosureFacts(moment(0), moment(9), None, None)], NOW)
    ).missing == (1, 0)


def test_a_quantity_below_nothing_makes_no_room():
    lines = [HeldAllocation(moment(0), moment(1), -100, 0, 1), HeldAllocation(moment(0), moment(1), 3, 0, 2)]
    assert next(find_overbookings(Share(2, 0), lines, [], NOW)).missing == (1, 0)


def line(**values):
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
def test_a_line_is_held_against_its_reservation(values, expected):
    assert allocation_faults(line(**values), NOW) == expected


# --- the farm ------------------------------------------------------------------------------------------------------
@pytest.fixture
def farm(frozen, take, alice, bob, staff, machine):
    """What verbs make of a farm: full, back to back, given back, displaced, cancelled, closed, draining, retired."""
    full = take(alice, 9, 10, 12, 16)
    take(bob, 10, 11, 12, 16)
    booking.cancel(actor=alice, reservation_id=take(alice, 12, 13, 12).pk)
    for name in ("draining", "retired", "shut"):
        other = machines.add_machine(actor=None, name=name, gpu_count=4, memory_gb=0)
        take(alice, 9, 10, 4, machine_id=other.pk)
        running = booking.book(
            actor=None,
            owner=bob,
            start=NOW,
            end=NOW + timedelta(hours=5),
            allocations=[booking.RequestedAllocation(other.pk, 4, 0)],
        )
        frozen.shift(timedelta(minutes=1))
        if name == "draining":
            machines.change_machine(actor=staff, machine_id=other.pk, state="draining")
            booking.give_back(actor=bob, reservation_id=running.pk)
        elif name == "retired":
            machines.retire(actor=staff, machine_id=other.pk, confirm=True)
        else:
            for gpus in (1, 3, None):
                machines.close(actor=staff, machine_id=other.pk, start=at(8), end=at(12), gpus=gpus, confirm=True)
    booking.book(actor=alice, owner=alice, start=at(9), end=at(10))  # a draft
    return full


def test_a_farm_that_verbs_made_is_clean(farm):
    assert list(find_faults(CheckCounts())) == []


def test_what_sql_breaks_is_found_with_its_place_and_time(farm, machine):
    overbook(farm)
    tally = CheckCounts()
    (fault,) = find_faults(tally)
    assert (fault.kind, fault.machine, fault.name) == ("overbooked", machine.pk, "ferme-1")
    assert (fault.start, fault.end, fault.gpus, fault.memory_gb) == (at(9), at(10), 1, 0)
    assert fault.reservations == [farm.pk]
    assert (tally.machines, tally.allocations) == (4, Allocation.objects.count())


BREAKS = {
    "memory": ("UPDATE farm_allocation SET memory_gb = 17 WHERE reservation_id = %s", ["overbooked"]),
    "lowered": ("UPDATE farm_resource SET gpu_count = 11 WHERE id = 1 OR id = -%s", ["overbooked"]),
    "moved": ("UPDATE farm_reservation SET end = '2030-01-07 10:30:00' WHERE id = %s", ["other_span"]),
    "let go": ("UPDATE farm_allocation SET held = 0 WHERE reservation_id = %s", ["holds_nothing"]),
    "not let go": ("UPDATE farm_reservation SET state = 'cancelled' WHERE id = %s", ["holds_though_over"]),
    "without a line": ("DELETE FROM farm_allocation WHERE reservation_id = %s", ["no_machine"]),
    "below nothing": ("UPDATE farm_allocation SET gpus = 0, memory_gb = 0 WHERE reservation_id = %s", ["bad_quantity"]),
    "retired": ("UPDATE farm_resource SET state = 'retired' WHERE id = 1 OR id = -%s", ["retired", "retired"]),
}


@pytest.mark.parametrize("name", BREAKS)
def test_each_kind_of_break_is_found(name, farm):
    statement, expected = BREAKS[name]
    if connection.vendor != "sqlite":
        statement = statement.replace(" end =", " `end` =")
    sql(statement, farm.pk)
    assert kinds() == expected


def test_a_closure_over_a_booking_is_found_whole_or_in_part(farm, machine):
    made = [Closure(machine=machine, start=at(9), end=at(10), gpus=g, memory_gb=m) for g, m in ((1, 0), (1, 0))]
    Closure.objects.bulk_create(made)
    assert [(f.kind, f.gpus) for f in find_faults(CheckCounts())] == [("overbooked", 2)]
    Closure.objects.bulk_create([Closure(machine=machine, start=at(9.5), end=at(9.75))])
    assert [(f.kind, f.gpus, f.memory_gb) for f in find_faults(CheckCounts())] == [("overbooked", 12, 16)]


def test_a_closure_with_half_a_quantity_is_named(farm, machine):
    Closure.objects.create(machine=machine, start=at(20), end=at(21), gpus=1, memory_gb=0)
    sql("UPDATE farm_closure SET memory_gb = NULL WHERE gpus = 1 AND resource_id = %s", machine.pk)
    assert kinds() == ["bad_closure"]


def test_the_past_is_judged_only_when_asked(farm, frozen, machine):
    frozen.move_to(at(12))
    overbook(farm)
    assert kinds() == []
    assert kinds(since=at(0)) == ["overbooked"]


def test_pages_lose_no_line_even_where_many_begin_at_once(farm, monkeypatch, machine):
    overbook(farm)
    whole = list(find_faults(CheckCounts()))
    counts = []
    for size in (1, 2, 3):
        monkeypatch.setattr(capacity_check, "PAGE_SIZE", size)
        tally = CheckCounts()
        assert list(find_faults(tally)) == whole
        counts.append(tally.allocations)
    assert counts == [Allocation.objects.count()] * 3


def test_the_number_of_queries_depends_on_machines_and_pages_alone(farm, queries_of, alice):
    before = len(queries_of(lambda: list(find_faults(CheckCounts()))))
    for day in range(8, 28):
        lines = [booking.RequestedAllocation(1, 1, 0)]
        booking.book(actor=None, owner=alice, start=at(9, day), end=at(10, day), allocations=lines)
    assert len(queries_of(lambda: list(find_faults(CheckCounts())))) == before


# --- the command ---------------------------------------------------------------------------------------------------
def run(*words):
    out = StringIO()
    try:
        call_command("check_capacity", *words, stdout=out)
    except SystemExit as end:
        return end.code, out.getvalue()
    return 0, out.getvalue()


def test_the_command_says_that_all_is_well(farm):
    code, said = run()
    assert code == 0
    assert said.startswith(f"4 machines, {Allocation.objects.count()} lines swept in ")
    assert said.endswith("no fault.\n")


def test_the_command_prints_a_line_for_each_fault_and_ends_with_1(farm):
    overbook(farm)
    code, said = run()
    first, last = said.splitlines()
    assert code == 1
    assert first == (
        "overbooked: ferme-1 (machine 1), 2030-01-07T09:00:00+00:00 – 2030-01-07T10:00:00+00:00: "
        f"More is held than there is: 1 GPU too much. Bookings: {farm.pk}."
    )
    assert last.endswith("1 faults.")


def test_the_command_speaks_json_to_a_monitor(farm):
    overbook(farm)
    code, said = run("--json")
    told = json.loads(said)
    assert (code, told["machines"], told["faults"]) == (1, 4, 1)
    assert told["found"][0]["reservations"] == [farm.pk]


def test_the_command_takes_a_day_to_look_back_to(farm, frozen):
    frozen.move_to(at(12))
    overbook(farm)
    assert run()[0] == 0
    assert run("--since", "2030-01-07")[0] == 1


def test_it_repairs_nothing(farm):
    overbook(farm)
    before = (list(Allocation.objects.values()), list(Reservation.objects.values()), AuditEvent.objects.count())
    run()
    tasks.check_capacity()
    assert (list(Allocation.objects.values()), list(Reservation.objects.values()), AuditEvent.objects.count()) == before


# --- the night, and what staff see ---------------------------------------------------------------------------------
def test_it_is_done_every_night_of_the_school(settings):
    entry = app.conf.beat_schedule["farm-check-capacity"]
    assert entry["task"] == "farm.tasks.check_capacity"
    assert tasks.check_capacity.name == entry["task"]
    assert str(app.timezone) == settings.TIME_ZONE
    assert (entry["schedule"].hour, entry["schedule"].minute) == ({3}, {20})


def test_the_task_keeps_what_it_found(farm):
    overbook(farm)
    tasks.check_capacity()
    check = CapacityCheck.objects.get()
    assert (check.machines, check.found, check.asked_by) == (4, 1, None)
    assert check.faults[0]["kind"] == "overbooked"
    assert check.finished_at is not None


def test_a_task_delivered_twice_checks_once(farm):
    check = capacity_check.create_check()
    tasks.check_capacity(check.pk)
    overbook(farm)
    tasks.check_capacity(check.pk)
    tasks.check_capacity(check.pk + 1)
    assert CapacityCheck.objects.get().found == 0


def test_old_checks_are_forgotten(farm, frozen):
    tasks.check_capacity()
    frozen.shift(capacity_check.KEPT_FOR + timedelta(days=1))
    tasks.check_capacity()
    assert CapacityCheck.objects.count() == 1


def test_staff_see_the_fault_on_their_home_and_others_never(farm, client_of, staff, alice, teacher):
    overbook(farm)
    tasks.check_capacity()
    page = client_of(staff).get("/").content.decode()
    assert "capacity-alarm" in page
    assert "ferme-1" in page
    assert "More is held than there is: 1 GPU too much." in page
    assert f'<a href="/farm/bookings/{farm.pk}/">{farm.pk}</a>' in page
    for person in (alice, teacher):
        assert "capacity-alarm" not in client_of(person).get("/").content.decode()
        assert client_of(person).get("/farm/capacity/").status_code == 403
        assert client_of(person).post("/farm/capacity/check/").status_code == 403
    assert CapacityCheck.objects.count() == 1


def test_a_clean_farm_shows_nothing(farm, client_of, staff):
    assert "capacity-alarm" not in client_of(staff).get("/").content.decode()
    tasks.check_capacity()
    assert "capacity-alarm" not in client_of(staff).get("/").content.decode()


def test_a_check_that_has_not_run_for_two_days_is_an_alarm(farm, client_of, staff, frozen):
    tasks.check_capacity()
    frozen.shift(timedelta(days=2))
    page = client_of(staff).get("/").content.decode()
    assert "has not been checked lately" in page


def test_a_farm_never_checked_is_an_alarm_once_it_is_two_days_old(farm, client_of, staff, frozen):
    frozen.shift(timedelta(days=2, hours=1))
    assert "No check has ended yet." in client_of(staff).get("/").content.decode()


def test_staff_check_again_and_the_alarm_goes_when_it_is_mended(farm, client_of, staff, alice):
    overbook(farm)
    client = client_of(staff)
    answer = client.post("/farm/capacity/check/", follow=True)
    assert "Checked: 1 fault found." in answer.content.decode()
    booking.cancel(actor=alice, reservation_id=farm.pk)
    answer = client.post("/farm/capacity/check/", follow=True).content.decode()
    assert "Checked: no fault." in answer
    assert "capacity-alarm" not in answer
    assert set(CapacityCheck.objects.values_list("asked_by", flat=True)) == {staff.pk}


def test_a_large_farm_is_checked_by_the_worker_and_the_page_follows(farm, client_of, staff, monkeypatch):
    sent = []
    monkeypatch.setattr(capacity_check, "SMALL_FARM", 1)
    monkeypatch.setattr(tasks.check_capacity, "delay", sent.append)
    client = client_of(staff)
    page = client.post("/farm/capacity/check/", follow=True).content.decode()
    assert "A check has been running since" in page
    (check,) = CapacityCheck.objects.all()
    assert sent == [check.pk]
    tasks.check_capacity(check.pk)
    assert "No fault was found." in client.get("/farm/capacity/").content.decode()
    assert "capacity-alarm" not in client.get("/").content.decode()


def test_a_get_checks_nothing(farm, client_of, staff):
    assert client_of(staff).get("/farm/capacity/check/").status_code == 405
    assert not CapacityCheck.objects.exists()
