"""Checks by plain SQL and brute force that no machine is ever overbooked.

It uses no code of the farm. The check looks at every time at which an allocation or a closure begins.
"""

from collections import defaultdict
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any, NamedTuple

ALLOCATIONS = "SELECT resource_id, start, end, gpus, memory_gb FROM farm_allocation WHERE held"
CLOSURES = "SELECT resource_id, start, end, gpus, memory_gb FROM farm_closure"
MACHINES = "SELECT id, gpu_count, memory_gb FROM farm_resource"


class Overbooking(NamedTuple):
    """A time at which a machine is overbooked. `held` and `capacity` are (GPUs, memory in GB)."""

    machine: int
    at: datetime
    held: tuple[int, int]
    capacity: tuple[int, int]


class SweepResult(NamedTuple):
    """How many times and allocations were checked, and the overbookings among them."""

    instants: int
    allocations: int
    overbookings: list[Overbooking]


def sweep(connection: Any, since: datetime | None = None, machines: Collection[int] | None = None) -> SweepResult:
    """Check these machines, or all. Times before `since` are left out.

    A lower capacity and a new closure hold only for the future, so bookings before them may be larger.
    """
    with connection.cursor() as cursor:
        capacities = {row[0]: row[1:] for row in _rows(cursor, MACHINES)}
        allocations, closures = _spans(cursor, ALLOCATIONS), _spans(cursor, CLOSURES)
    instants, overbookings = 0, []
    chosen = capacities if machines is None else {pk: capacities[pk] for pk in machines}
    for machine, (gpus, memory) in chosen.items():
        begins = {start for start, *_ in allocations[machine] + closures[machine]} | ({since} if since else set())
        for instant in sorted(begin for begin in begins if since is None or begin >= since):
            instants += 1
            current = [row for row in allocations[machine] if row[0] <= instant < row[1]]
            closed = [row for row in closures[machine] if row[0] <= instant < row[1]]
            held = (sum(row[2] for row in current), sum(row[3] for row in current))
            capacity = (
                max(0, gpus - sum(gpus if row[2] is None else row[2] for row in closed)),
                max(0, memory - sum(memory if row[3] is None else row[3] for row in closed)),
            )
            if held[0] > capacity[0] or held[1] > capacity[1]:
                overbookings.append(Overbooking(machine, instant, held, capacity))
    return SweepResult(instants, sum(len(allocations[pk]) for pk in chosen), overbookings)


def broken_bookings(connection: Any) -> list[str]:
    """Return one sentence for each booking whose allocations contradict it.

    It has none, or one with another start or end, or it is over and an allocation still holds capacity.
    """
    with connection.cursor() as cursor:
        empty = _rows(
            cursor,
            "SELECT r.id FROM farm_reservation r LEFT JOIN farm_allocation a ON a.reservation_id = r.id "
            "WHERE r.state NOT IN ('draft', 'expired', 'cancelled') GROUP BY r.id HAVING COUNT(a.id) = 0",
        )
        other_span = _rows(
            cursor,
            "SELECT r.id FROM farm_reservation r JOIN farm_allocation a ON a.reservation_id = r.id "
            "WHERE a.start <> r.start OR a.end <> r.end",
        )
        still_held = _rows(
            cursor,
            "SELECT r.id FROM farm_reservation r JOIN farm_allocation a ON a.reservation_id = r.id "
            "WHERE r.state IN ('cancelled', 'rejected', 'expired') AND a.held",
        )
    return [
        *(f"booking {pk} has no allocation" for (pk,) in empty),
        *(f"booking {pk} has an allocation with another start or end" for (pk,) in other_span),
        *(f"booking {pk} is over and still holds capacity" for (pk,) in still_held),
    ]


def _rows(cursor: Any, sql: str) -> list[Any]:
    cursor.execute(sql)
    return list(cursor.fetchall())


def _spans(cursor: Any, sql: str) -> dict[int, list[Any]]:
    """Return for each machine a list of (start, end, GPUs, memory in GB)."""
    spans = defaultdict(list)
    for machine, start, end, gpus, memory in _rows(cursor, sql):
        spans[machine].append((_utc(start), _utc(end), gpus, memory))
    return spans


def _utc(value: Any) -> datetime:
    """Return an aware datetime. SQLite returns text and MariaDB a naive datetime, both in UTC."""
    parsed = datetime.fromisoformat(value) if isinstance(value, str) else value
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
