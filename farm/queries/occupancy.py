"""Booked and closed capacity of any number of machines in one query.

Exact when read under the lock.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection

from farm.models import Closure, Machine, latest_end_starting_by
from farm.rules.availability import Free, Load, Share, Tick, first_gap, profile
from kernel.database.placeholders import placeholders

# Raw SQL, because other bookings wait while one reads this, and a search reads tens of thousands of rows: the ORM takes
# three times as long. Reads the same rows as Allocation.objects.held().overlapping(start, end).
LOADS = """
    SELECT resource_id, {start}, {end}, gpus, memory_gb, 0 FROM farm_allocation
    WHERE resource_id IN ({machines}) AND end > %s AND end <= %s AND start < %s AND held AND {included}
    UNION ALL
    SELECT resource_id, {start}, {end}, gpus, memory_gb, 1 FROM farm_closure
    WHERE resource_id IN ({machines}) AND end > %s AND start < %s
"""
# A column as microseconds since 1970: a search over tens of thousands of rows spends most of its time on creating
# datetime objects. SQLite stores text, with or without six digits after the seconds, and would round those digits.
MICROSECONDS = {
    "mysql": "TIMESTAMPDIFF(MICROSECOND, '1970-01-01', {column})",
    "sqlite": "strftime('%%s', substr({column}, 1, 19)) * 1000000 + CAST(substr({column}, 21) AS INTEGER)",
}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def capacity(machine: Machine) -> Share:
    return Share(machine.gpu_count, machine.memory_gb)


def part_of_memory(machine: Machine, gpus: int) -> int:
    """Return the memory in GB that goes with so many GPUs of a machine: their part of it, rounded down."""
    return min(gpus, machine.gpu_count) * machine.memory_gb // machine.gpu_count if machine.gpu_count else 0


def closure_load(closure: Closure, machine: Machine) -> Load:
    """Return the share that a closure takes: all of the machine if it names none."""
    whole = capacity(machine)
    gpus = whole.gpus if closure.gpus is None else closure.gpus
    memory = whole.memory_gb if closure.memory_gb is None else closure.memory_gb
    return Load(closure.start, closure.end, gpus, memory)


def closed(machines: Iterable[Machine], start: datetime, end: datetime) -> dict[int, list[Load]]:
    """Return the closures that overlap `[start, end)`, by machine id."""
    by_id = {machine.pk: machine for machine in machines}
    loads: dict[int, list[Load]] = defaultdict(list)
    for closure in Closure.objects.filter(machine__in=by_id, end__gt=start, start__lt=end):
        loads[closure.machine_id].append(closure_load(closure, by_id[closure.machine_id]))
    return loads


def profiles(
    machines: Collection[Machine], start: datetime, end: datetime, *, excluding: Collection[int] = ()
) -> dict[int, list[Free]]:
    """Return by machine id the free capacity over `[start, end)`.

    `excluding` are ids of reservations that do not count as taken.
    """
    if not machines:
        return {}
    booked: dict[int, list[Load]] = defaultdict(list)
    closures: dict[int, list[Load]] = defaultdict(list)
    capacities = {machine.pk: capacity(machine) for machine in machines}
    for pk, load_start, load_end, gpus, memory_gb, is_closure in _loads(list(capacities), start, end, list(excluding)):
        if is_closure:
            gpus, memory_gb = (gpus, memory_gb) if gpus is not None else capacities[pk]
        (closures if is_closure else booked)[pk].append(Load(load_start, load_end, gpus, memory_gb))
    return {pk: profile(share, booked[pk], closures[pk], start, end) for pk, share in capacities.items()}


def first_gaps(
    needs: Collection[tuple[Machine, Share]], duration: timedelta, start: datetime, end: datetime
) -> dict[int, datetime]:
    """Return by machine id the first instant at which its need is free for `duration`.

    The instant and the duration lie in `[start, end)`. Machines without such an instant are left out. The same result
    as `earliest_fit` over `profiles`, but much faster.
    """
    if not needs:
        return {}
    first, last, length = (moment // MICROSECOND for moment in (start - EPOCH, end - EPOCH, duration))
    capacities = {machine.pk: capacity(machine) for machine, _need in needs}
    ticks: dict[int, list[Tick]] = defaultdict(list)
    column = MICROSECONDS[connection.vendor]
    for pk, load_start, load_end, gpus, memory_gb, is_closure in _rows(list(capacities), start, end, [], column):
        if gpus is None:
            gpus, memory_gb = capacities[pk]
        machine_ticks = ticks[pk]
        machine_ticks.append((load_start, gpus, memory_gb, is_closure))
        machine_ticks.append((load_end, -gpus, -memory_gb, is_closure))
    gaps = {
        machine.pk: first_gap(capacities[machine.pk], ticks[machine.pk], need, length, first, last)
        for machine, need in needs
    }
    return {pk: EPOCH + at * MICROSECOND for pk, at in gaps.items() if at is not None}


def _loads(machines: list[int], start: datetime, end: datetime, excluding: list[int]) -> Iterable[Any]:
    # The columns hold UTC, and both drivers return datetimes without a zone.
    rows = _rows(machines, start, end, excluding, "{column}")
    return ((pk, a.replace(tzinfo=UTC), b.replace(tzinfo=UTC), *shares) for pk, a, b, *shares in rows)


def _rows(
    machines: list[int], start: datetime, end: datetime, excluding: list[int], column: str
) -> Iterable[tuple[Any, ...]]:
    """Return (machine id, start, end, GPUs, memory, 1 for a closure).

    `column` is the SQL for start and end.
    """
    moments = [connection.ops.adapt_datetimefield_value(moment) for moment in (start, latest_end_starting_by(end), end)]
    begin, last, finish = moments
    sql = LOADS.format(
        start=column.format(column="start"),
        end=column.format(column="end"),
        machines=placeholders(machines),
        included=f"reservation_id NOT IN ({placeholders(excluding)})" if excluding else "1 = 1",
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [*machines, begin, last, finish, *excluding, *machines, begin, finish])
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows
