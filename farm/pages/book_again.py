"""Alternatives for a booking that is displaced, cancelled, refused or expired.

Read without the lock: they are offers, and booking one checks it again.
"""

from datetime import datetime

from farm.domain.no_capacity import short_of, tightest_first
from farm.models import Machine, Reservation
from farm.queries.alternatives import Alternative, Part, Question, ways_on
from farm.queries.occupancy import profiles
from farm.rules import limits
from farm.rules.limits import Line


def rebooking_alternatives(reservation: Reservation, now: datetime) -> list[Alternative]:
    """Return the same booking where it fits in the rest of its time, else what fits instead.

    Empty where its time is over, where it is longer than a booking may be, or where it has no machine.
    """
    allocations = list(reservation.lines.all())
    start = max(reservation.start, now)
    if not allocations or reservation.end <= start or reservation.end - start > limits.max_span():
        return []
    lines = tuple(Line(allocation.machine_id, allocation.gpus, allocation.memory_gb) for allocation in allocations)
    machines = {allocation.machine_id: allocation.machine for allocation in allocations}
    not_open = [pk for pk, machine in machines.items() if machine.state != Machine.State.OPEN]
    question = Question(lines, start, reservation.end)
    missing = short_of(machines, lines, profiles(list(machines.values()), start, reservation.end))
    if not missing and not not_open:
        parts = tuple(Part(machines[line.machine_id], line.share) for line in lines)
        return [Alternative("same", parts[0].machine, start, reservation.end, parts[0].share, parts)]
    short = [tight.machine.pk for tight in tightest_first(missing, question) if tight.machine.pk not in not_open]
    alternatives = ways_on(question, not_open + short, now)
    # Another time or a smaller share does not help on a machine that takes no bookings.
    return [alternative for alternative in alternatives if not not_open or alternative.kind == "machine"]
