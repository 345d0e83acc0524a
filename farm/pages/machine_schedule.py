"""The schedule of one machine: next bookings, closures, and when it is free."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from accounts.models import User
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
class MachineSchedule:
    coming: list[dict[str, Any]]  # running and next bookings, the soonest first
    more: bool  # whether others follow after these
    closures: list[Closure]
    some_at: datetime | None  # when one GPU (or 1 GB) is free for an hour; None: not within 30 days
    all_at: datetime | None  # when the whole machine is


def load_schedule(viewer: User, machine: Machine, now: datetime) -> MachineSchedule:
    """Return the schedule of `machine`, in a constant number of queries."""
    rows = Allocation.objects.held().overlapping(now, FOREVER).filter(machine=machine)
    rows = rows.select_related("reservation__owner", "reservation__project").order_by("start", "pk")
    allocations = list(rows[: MOST + 1])
    steps = profiles([machine], now, now + AHEAD)[machine.pk]
    smallest_share = Share(1, 0) if machine.gpu_count else Share(0, 1)
    sight = ViewerPermissions(viewer)
    return MachineSchedule(
        coming=[_booking(allocation, sight, now) for allocation in allocations[:MOST]],
        more=len(allocations) > MOST,
        closures=list(machine.closures.filter(end__gt=now).order_by("start")[:MOST]),
        some_at=earliest_fit(steps, smallest_share, AT_LEAST) if machine.is_open else None,
        all_at=earliest_fit(steps, capacity(machine), AT_LEAST) if machine.is_open else None,
    )


def _booking(allocation: Allocation, sight: ViewerPermissions, now: datetime) -> dict[str, Any]:
    """Return what the viewer may know of a booking; a hidden name is not in it."""
    reservation = allocation.reservation
    mine, sees_name = sight.is_mine(reservation), sight.sees_name(reservation)
    return {
        "allocation": allocation,
        "mine": mine,
        "who": wording.short_name(reservation.owner) if sees_name and not mine else "",
        "purpose": reservation.purpose if sees_name else "",
        "state": reservation.state_at(now),
    }
