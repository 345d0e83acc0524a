"""How far a booking can go: the quick choices for its end. Read without the lock; the verb asks again."""

from datetime import datetime, timedelta
from typing import NamedTuple

from django.utils.translation import gettext as _

from farm.models import Reservation
from farm.models.states import HOLDING
from farm.queries.occupancy import profiles
from farm.rules import limits, wording
from farm.rules.availability import Share, first_shortage

LONGER = (timedelta(hours=1), timedelta(hours=4))
SHORTER = timedelta(hours=1)


class Reach(NamedTuple):
    choices: list[tuple[datetime, str]]  # new ends, and what a button says
    blocked: datetime | None  # from when on the machine is needed otherwise; None: nothing is in the way


def reach(reservation: Reservation, now: datetime) -> Reach | None:
    """None where the end is not to be moved any more."""
    lines = list(reservation.lines.all())
    if reservation.state_at(now) not in HOLDING or not lines:
        return None
    limit = reservation.start + limits.max_span()
    end = reservation.end
    blocked = _blocked(reservation, lines, limit) if end < limit else end
    goes = min(limit, blocked or limit)
    choices = []
    if end - SHORTER > max(now, reservation.start):
        choices.append((end - SHORTER, _("%(length)s less") % {"length": wording.duration(SHORTER)}))
    choices += [
        (end + more, _("%(length)s more") % {"length": wording.duration(more)}) for more in LONGER if end + more <= goes
    ]
    if blocked and blocked > end and blocked not in [moment for moment, _words in choices]:
        choices.append((blocked, _("Until the next one, %(end)s") % {"end": wording.day_and_clock(blocked)}))
    return Reach(choices, blocked if blocked == end and end < limit else None)


def _blocked(reservation: Reservation, lines: list, limit: datetime) -> datetime | None:  # type: ignore[type-arg]
    free = profiles([row.machine for row in lines], reservation.end, limit, excluding=[reservation.pk])
    stretches = [first_shortage(free[row.machine_id], Share(row.gpus, row.memory_gb)) for row in lines]
    return min((one.start for one in stretches if one), default=None)
