"""The read model of one machine's future: what is booked next, when it is closed, when some or all of it is free."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from farm.models import Allocation, Closure, Machine
from farm.queries.occupancy import capacity, profiles
from farm.rules import wording
from farm.rules.availability import Share, earliest_fit
from farm.rules.permissions import ViewerPermissions

AHEAD = timedelta(days=30)
FOREVER = datetime.max.replace(tzinfo=UTC)
AT_LEAST = timedelta(hours=1)
MOST = 10


@dataclass
class Outlook:
    coming: list[dict[str, Any]]  # running and next bookings, the soonest first
    more: bool  # whether there are others after these
    closures: list[Closure]
    some_at: datetime | None  # when any of it is free for an hour; None is not within 30 days
    all_at: datetime | None


def read(viewer: Any, machine: Machine, now: datetime) -> Outlook:
    """In a number of queries that is constant."""
    ahead = Allocation.objects.held().overlapping(now, FOREVER).filter(machine=machine)
    lines = ahead.select_related("reservation__owner", "reservation__project").order_by("start", "pk")
    found = list(lines[: MOST + 1])
    steps = profiles([machine], now, now + AHEAD)[machine.pk]
    whole = capacity(machine)
    some = Share(1, 0) if machine.gpu_count else Share(0, 1)
    sight = ViewerPermissions(viewer)
    return Outlook(
        coming=[_coming(line, sight, now) for line in found[:MOST]],
        more=len(found) > MOST,
        closures=list(machine.closures.filter(end__gt=now).order_by("start")[:MOST]),
        some_at=earliest_fit(steps, some, AT_LEAST) if machine.is_open else None,
        all_at=earliest_fit(steps, whole, AT_LEAST) if machine.is_open else None,
    )


def _coming(line: Allocation, sight: ViewerPermissions, now: datetime) -> dict[str, Any]:
    """What the viewer may know of it; a name that is hidden is not in it."""
    reservation = line.reservation
    mine, sees = sight.is_mine(reservation), sight.sees_name(reservation)
    return {
        "line": line,
        "mine": mine,
        "who": wording.short_name(reservation.owner) if sees and not mine else "",
        "purpose": reservation.purpose if sees else "",
        "state": reservation.state_at(now),
    }
