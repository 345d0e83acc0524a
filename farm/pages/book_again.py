"""Alternatives for a booking that is displaced, cancelled, refused or expired.

Read without the lock: they are offers, and booking one checks it again.
"""

from datetime import datetime

from farm.domain.no_capacity import find_shortages, short_machines
from farm.models import Machine, Reservation
from farm.queries.alternatives import Alternative, CapacityRequest, OfferedAllocation, find_alternatives
from farm.queries.occupancy import profiles
from farm.rules import limits
from farm.rules.limits import RequestedAllocation


def rebooking_alternatives(reservation: Reservation, now: datetime) -> list[Alternative]:
    """Return the same booking where it fits in the rest of its time, else what fits instead.

    Empty where its time is over, where it is longer than a booking may be, or where it has no machine.
    """
    return alternatives_for(reservation, reservation.start, reservation.end, now)


def alternatives_for(reservation: Reservation, start: datetime, end: datetime, now: datetime) -> list[Alternative]:
    """Return alternatives to the span `[start, end)` of a reservation, from now on."""
    rows = list(reservation.lines.all())
    start = max(start, now)
    if not rows or end <= start or end - start > limits.max_span():
        return []
    allocations = tuple(RequestedAllocation(row.machine_id, row.gpus, row.memory_gb) for row in rows)
    machines = {row.machine_id: row.machine for row in rows}
    not_open = [pk for pk, machine in machines.items() if machine.state != Machine.State.OPEN]
    request = CapacityRequest(allocations, start, end)
    missing = find_shortages(machines, allocations, profiles(list(machines.values()), start, end))
    if not missing and not not_open:
        same = tuple(OfferedAllocation(machines[row.machine_id], row.share) for row in allocations)
        return [Alternative("same", same[0].machine, start, end, same[0].share, same)]
    short = [each.machine.pk for each in short_machines(missing, request) if each.machine.pk not in not_open]
    alternatives = find_alternatives(request, not_open + short, now)
    # Another time or a smaller share does not help on a machine that takes no bookings.
    return [alternative for alternative in alternatives if not not_open or alternative.kind == "machine"]
