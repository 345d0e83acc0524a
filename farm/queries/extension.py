"""The quick choices for a new end of a reservation.

Read without the lock: the command checks again.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.utils.translation import gettext as _

from farm.models import Allocation, Reservation
from farm.models.states import HOLDING
from farm.queries.occupancy import profiles
from farm.rules import limits, wording
from farm.rules.availability import Share, first_shortage

LONGER = (timedelta(hours=1), timedelta(hours=4))
SHORTER = timedelta(hours=1)


class EndChoices(NamedTuple):
    choices: list[tuple[datetime, str]]  # the new ends, each with the text of its button
    blocked: datetime | None  # the present end, when the capacity is taken from then on; otherwise None


def end_choices(reservation: Reservation, now: datetime) -> EndChoices | None:
    """Return the new ends that are possible, or None when the end cannot be moved any more."""
    allocations = list(reservation.lines.all())
    if reservation.state_at(now) not in HOLDING or not allocations:
        return None
    limit = reservation.start + limits.max_span()
    end = reservation.end
    blocked = _first_blocked(reservation, allocations, limit) if end < limit else end
    latest = min(limit, blocked or limit)
    choices = []
    if end - SHORTER > max(now, reservation.start):
        choices.append((end - SHORTER, _("%(length)s less") % {"length": wording.duration(SHORTER)}))
    choices += [
        (end + more, _("%(length)s more") % {"length": wording.duration(more)})
        for more in LONGER
        if end + more <= latest
    ]
    if blocked and blocked > end and blocked not in [moment for moment, _text in choices]:
        choices.append((blocked, _("Until the next one, %(end)s") % {"end": wording.day_and_clock(blocked)}))
    return EndChoices(choices, blocked if blocked == end and end < limit else None)


def _first_blocked(reservation: Reservation, allocations: Sequence[Allocation], limit: datetime) -> datetime | None:
    """Return the first instant after the end at which one of the shares is not free."""
    machines = [row.machine for row in allocations]
    free = profiles(machines, reservation.end, limit, excluding=[reservation.pk])
    shortages = [first_shortage(free[row.machine_id], Share(row.gpus, row.memory_gb)) for row in allocations]
    return min((shortage.start for shortage in shortages if shortage), default=None)
