"""Bookings to offer instead of one that was cancelled, refused or displaced.

Read without the lock.
"""

from datetime import datetime

from farm.domain.no_capacity import find_shortages, short_machines
from farm.models import Machine, Reservation
from farm.queries.alternatives import Alternative, CapacityRequest, OfferedAllocation, find_alternatives
from farm.queries.occupancy import profiles
from farm.rules import limits
from farm.rules.limits import RequestedAllocation


def alternatives_to(reservation: Reservation, now: datetime) -> list[Alternative]:
    """Return bookings for the time that is left of the reservation's span.

    Empty when that time is over, longer than the longest booking, or when the reservation has no machine. When one of
    its machines takes no new bookings, only other machines are offered.
    """
    rows = list(reservation.lines.all())
    start = max(reservation.start, now)
    if not rows or reservation.end <= start or reservation.end - start > limits.max_span():
        return []
    allocations = tuple(RequestedAllocation(row.machine_id, row.gpus, row.memory_gb) for row in rows)
    machines = {row.machine_id: row.machine for row in rows}
    closed = [pk for pk, machine in machines.items() if machine.state != Machine.State.OPEN]
    request = CapacityRequest(allocations, start, reservation.end)
    missing = find_shortages(machines, allocations, profiles(list(machines.values()), start, reservation.end))
    if not missing and not closed:
        same = tuple(OfferedAllocation(machines[row.machine_id], row.share) for row in allocations)
        return [Alternative("same", same[0].machine, start, reservation.end, same[0].share, same)]
    short = closed + [item.machine.pk for item in short_machines(missing, request) if item.machine.pk not in closed]
    alternatives = find_alternatives(request, short, now)
    return [alternative for alternative in alternatives if not closed or alternative.kind == "machine"]
