"""The ways on from a booking that came to nothing: the same again where it fits, else what does.

Read without the lock.
"""

from datetime import datetime

from farm.domain.no_capacity import short_of, tightest_first
from farm.models import Machine, Reservation
from farm.queries.alternatives import Alternative, OfferedAllocation, Question, ways_on
from farm.queries.occupancy import profiles
from farm.rules import limits
from farm.rules.limits import RequestedAllocation


def ways_back(reservation: Reservation, now: datetime) -> list[Alternative]:
    """For what is left of its span; nothing where that is over, or where it asked for no machine."""
    rows = list(reservation.lines.all())
    start = max(reservation.start, now)
    if not rows or reservation.end <= start or reservation.end - start > limits.max_span():
        return []
    lines = tuple(RequestedAllocation(row.machine_id, row.gpus, row.memory_gb) for row in rows)
    machines = {row.machine_id: row.machine for row in rows}
    shut = [pk for pk, machine in machines.items() if machine.state != Machine.State.OPEN]
    question = Question(lines, start, reservation.end)
    missing = short_of(machines, lines, profiles(list(machines.values()), start, reservation.end))
    if not missing and not shut:
        parts = tuple(OfferedAllocation(machines[line.machine_id], line.share) for line in lines)
        return [Alternative("same", parts[0].machine, start, reservation.end, parts[0].share, parts)]
    order = shut + [one.machine.pk for one in tightest_first(missing, question) if one.machine.pk not in shut]
    return [way for way in ways_on(question, order, now) if not shut or way.kind == "machine"]
