"""Whether any machine ever has more booked than it has: by plain SQL and brute force, with no code of the farm's.

Every instant at which anything begins is looked at. `since` leaves out what lay before it: a capacity that was lowered
and a closure that was made judge the future alone.
"""

from collections import defaultdict
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any, NamedTuple

LINES = "SELECT resource_id, start, end, gpus, memory_gb FROM farm_allocation WHERE held"
CLOSURES = "SELECT resource_id, start, end, gpus, memory_gb FROM farm_closure"
MACHINES = "SELECT id, gpu_count, memory_gb FROM farm_resource"


class Excess(NamedTuple):
    machine: int
    at: datetime
    held: tuple[int, int]
    there: tuple[int, int]


class Found(NamedTuple):
    instants: int
    lines: int
    excesses: list[Excess]


def sweep(connection: Any, since: datetime | None = None, machines: Collection[int] | None = None) -> Found:
    with connection.cursor() as cursor:
        capacities = {row[0]: row[1:] for row in _rows(cursor, MACHINES)}
        lines, closures = _spans(cursor, LINES), _spans(cursor, CLOSURES)
    looked, excesses = 0, []
    chosen = capacities if machines is None else {pk: capacities[pk] for pk in machines}
    for machine, (gpus, memory) in chosen.items():
        begins = {start for start, *_ in lines[machine] + closures[machine]} | ({since} if since else set())
        for instant in sorted(begin for begin in begins if since is None or begin >= since):
            looked += 1
            here = [row for row in lines[machine] if row[0] <= instant < row[1]]
            shut = [row for row in closures[machine] if row[0] <= instant < row[1]]
            held = (sum(row[2] for row in here), sum(row[3] for row in here))
            there = (
                max(0, gpus - sum(gpus if row[2] is None else row[2] for row in shut)),
                max(0, memory - sum(memory if row[3] is None else row[3] for row in shut)),
            )
            if held[0] > there[0] or held[1] > there[1]:
                excesses.append(Excess(machine, instant, held, there))
    return Found(looked, sum(len(lines[pk]) for pk in chosen), excesses)


def broken_bookings(connection: Any) -> list[str]:
    """Bookings that are not whole: without lines, or with a line whose span is not theirs."""
    with connection.cursor() as cursor:
        empty = _rows(
            cursor,
            "SELECT r.id FROM farm_reservation r LEFT JOIN farm_allocation a ON a.reservation_id = r.id "
            "WHERE r.state NOT IN ('draft', 'expired', 'cancelled') GROUP BY r.id HAVING COUNT(a.id) = 0",
        )
        other = _rows(
            cursor,
            "SELECT r.id FROM farm_reservation r JOIN farm_allocation a ON a.reservation_id = r.id "
            "WHERE a.start <> r.start OR a.end <> r.end",
        )
        idle = _rows(
            cursor,
            "SELECT r.id FROM farm_reservation r JOIN farm_allocation a ON a.reservation_id = r.id "
            "WHERE r.state IN ('cancelled', 'rejected', 'expired') AND a.held",
        )
    return [
        *(f"booking {pk} has no line" for (pk,) in empty),
        *(f"booking {pk} has a line of another span" for (pk,) in other),
        *(f"booking {pk} is over and still holds" for (pk,) in idle),
    ]


def _rows(cursor: Any, sql: str) -> list[Any]:
    cursor.execute(sql)
    return list(cursor.fetchall())


def _spans(cursor: Any, sql: str) -> dict[int, list[Any]]:
    found = defaultdict(list)
    for machine, start, end, gpus, memory in _rows(cursor, sql):
        found[machine].append((_utc(start), _utc(end), gpus, memory))
    return found


def _utc(value: Any) -> datetime:
    """SQLite gives words, MariaDB a moment without a zone; both are UTC."""
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
