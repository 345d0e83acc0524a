"""What is taken and what is closed, read for any number of machines in one query. Under the lock it is the truth."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection

from farm.models import Closure, Machine, longest_after
from farm.rules.availability import Free, Load, Share, Tick, first_gap, profile

# By hand, because everybody else waits while a booking reads this, and a search reads it by the ten thousand: written
# by the ORM it takes three times as long. The same rows as Allocation.objects.held().overlapping(start, end).
TAKEN = """
    SELECT resource_id, {start}, {end}, gpus, memory_gb, 0 FROM farm_allocation
    WHERE resource_id IN ({machines}) AND end > %s AND end <= %s AND start < %s AND held AND {kept}
    UNION ALL
    SELECT resource_id, {start}, {end}, gpus, memory_gb, 1 FROM farm_closure
    WHERE resource_id IN ({machines}) AND end > %s AND start < %s
"""
# A column as microseconds since 1970: a search through tens of thousands of rows spends most of its time on making
# moments of them. SQLite keeps them as text, with or without six digits after the seconds, and would round those.
MICROSECONDS = {
    "mysql": "TIMESTAMPDIFF(MICROSECOND, '1970-01-01', {column})",
    "sqlite": "strftime('%%s', substr({column}, 1, 19)) * 1000000 + CAST(substr({column}, 21) AS INTEGER)",
}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def capacity(machine: Machine) -> Share:
    return Share(machine.gpu_count, machine.memory_gb)


def closure_load(closure: Closure, machine: Machine) -> Load:
    whole = capacity(machine)
    gpus = whole.gpus if closure.gpus is None else closure.gpus
    memory = whole.memory_gb if closure.memory_gb is None else closure.memory_gb
    return Load(closure.start, closure.end, gpus, memory)


def closed(machines: Iterable[Machine], start: datetime, end: datetime) -> dict[int, list[Load]]:
    by_id = {machine.pk: machine for machine in machines}
    found: dict[int, list[Load]] = defaultdict(list)
    for closure in Closure.objects.filter(machine__in=by_id, end__gt=start, start__lt=end):
        found[closure.machine_id].append(closure_load(closure, by_id[closure.machine_id]))
    return found


def profiles(
    machines: Collection[Machine], start: datetime, end: datetime, *, but: Collection[int] = ()
) -> dict[int, list[Free]]:
    """What is free on each machine over `[start, end)`; `but` leaves these reservations out."""
    if not machines:
        return {}
    taken: dict[int, list[Load]] = defaultdict(list)
    shut: dict[int, list[Load]] = defaultdict(list)
    whole = {machine.pk: capacity(machine) for machine in machines}
    for pk, begin, finish, gpus, memory_gb, closes in _taken(list(whole), start, end, list(but)):
        if closes:
            gpus, memory_gb = (gpus, memory_gb) if gpus is not None else whole[pk]
        (shut if closes else taken)[pk].append(Load(begin, finish, gpus, memory_gb))
    return {pk: profile(share, taken[pk], shut[pk], start, end) for pk, share in whole.items()}


def first_gaps(
    machines: Collection[Machine], need: Share, duration: timedelta, start: datetime, end: datetime
) -> dict[int, datetime]:
    """By machine, the first instant of `[start, end)` from which `need` is free for `duration`; without those that
    have none. What `earliest_fit` finds in `profiles`, at a fraction of the cost."""
    if not machines:
        return {}
    after, before, length = (moment // MICROSECOND for moment in (start - EPOCH, end - EPOCH, duration))
    whole = {machine.pk: capacity(machine) for machine in machines}
    ticks: dict[int, list[Tick]] = defaultdict(list)
    column = MICROSECONDS[connection.vendor]
    for pk, opens, over, gpus, memory_gb, closes in _rows(list(whole), start, end, [], column):
        if gpus is None:
            gpus, memory_gb = whole[pk]
        mine = ticks[pk]
        mine.append((opens, gpus, memory_gb, closes))
        mine.append((over, -gpus, -memory_gb, closes))
    found = {pk: first_gap(share, ticks[pk], need, length, after, before) for pk, share in whole.items()}
    return {pk: EPOCH + at * MICROSECOND for pk, at in found.items() if at is not None}


def _taken(machines: list[int], start: datetime, end: datetime, but: list[int]) -> Iterable[Any]:
    # The columns hold UTC and both drivers give it without saying so.
    rows = _rows(machines, start, end, but, "{column}")
    return ((pk, a.replace(tzinfo=UTC), b.replace(tzinfo=UTC), *shares) for pk, a, b, *shares in rows)


def _rows(machines: list[int], start: datetime, end: datetime, but: list[int], column: str) -> Iterable[Any]:
    """(machine, start, end, gpus, memory, whether it closes), start and end as `column` says them."""
    moments = [connection.ops.adapt_datetimefield_value(moment) for moment in (start, longest_after(end), end)]
    begin, last, finish = moments
    sql = TAKEN.format(
        start=column.format(column="start"),
        end=column.format(column="end"),
        machines=", ".join(["%s"] * len(machines)),
        kept=f"reservation_id NOT IN ({', '.join(['%s'] * len(but))})" if but else "1 = 1",
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [*machines, begin, last, finish, *but, *machines, begin, finish])
        return cursor.fetchall()
