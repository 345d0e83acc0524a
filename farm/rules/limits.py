"""What a booking must be, before any capacity is asked: values in, the same values or a refusal out. Pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from farm.models import MAX_QUANTITY, MAX_SPAN, Machine, Reservation
from farm.models.states import State
from farm.rules.availability import Share
from kernel.errors import Conflict, Malformed

GRACE = timedelta(minutes=5)  # "from now" takes a moment to fill in and to send
HORIZON = timedelta(days=365 * 20)


class RequestedAllocation(NamedTuple):
    """A share asked of one machine."""

    machine_id: int
    gpus: int
    memory_gb: int

    @property
    def share(self) -> Share:
        return Share(self.gpus, self.memory_gb)


def max_span() -> timedelta:
    """The longest booking by policy (FARM_MAX_DAYS), never above MAX_SPAN."""
    return min(MAX_SPAN, timedelta(days=settings.FARM_MAX_DAYS))


def check_span(start: datetime, end: datetime, now: datetime, *, past_allowed: bool = False) -> None:
    """Start before end, not in the past (unless an import says so), not too long, not absurdly far away."""
    if start >= end:
        raise Malformed("bad_span", _("The end must be after the start."), field="end")
    if (start < now - GRACE or end <= now) and not past_allowed:
        raise Malformed("in_the_past", _("The start is in the past."), field="start")
    if start > now + HORIZON:
        raise Malformed("too_far", _("The start is too far in the future."), field="start")
    check_length(start, end)


def check_length(start: datetime, end: datetime, field: str = "end") -> None:
    limit = max_span()
    if end - start > limit:
        sentence = ngettext(
            "A booking lasts at most %(days)s day.", "A booking lasts at most %(days)s days.", limit.days
        )
        raise Malformed("too_long", sentence % {"days": limit.days}, field=field)


def check_allocation(allocation: RequestedAllocation) -> None:
    for field, value in (("gpus", allocation.gpus), ("memory_gb", allocation.memory_gb)):
        if not 0 <= value <= MAX_QUANTITY:
            raise Malformed("bad_number", _("A quantity is a whole number from 0 up."), field=field)
    if allocation.gpus == 0 and allocation.memory_gb == 0:
        raise Malformed("nothing_asked", _("Ask for at least one GPU or some memory."), field="gpus")


def merged(allocations: Iterable[RequestedAllocation]) -> list[RequestedAllocation]:
    """The same machine asked for twice is one allocation with both shares; in the order of machines."""
    together: dict[int, RequestedAllocation] = {}
    for allocation in allocations:
        check_allocation(allocation)
        had = together.get(allocation.machine_id)
        together[allocation.machine_id] = (
            RequestedAllocation(allocation.machine_id, had.gpus + allocation.gpus, had.memory_gb + allocation.memory_gb)
            if had
            else allocation
        )
    return [together[machine_id] for machine_id in sorted(together)]


def check_open(machine: Machine) -> None:
    """A machine that is draining keeps what it has and takes nothing new."""
    if machine.state != Machine.State.OPEN:
        raise Conflict("not_open", _("%(name)s takes no new bookings.") % {"name": machine.name}, field="resource")


def check_change(
    reservation: Reservation,
    had: Sequence[RequestedAllocation],
    new: Sequence[RequestedAllocation],
    start: datetime,
    end: datetime,
    now: datetime,
) -> None:
    """What a booking may become: the past is never rewritten, so of a running one only the end moves."""
    if reservation.state_at(now) == State.ACTIVE:
        if start != reservation.start or sorted(new) != sorted(had):
            raise Conflict("already_running", _("Of a running booking only the end can be moved."), field="start")
        if end < now:
            raise Conflict("in_the_past", _("A running booking cannot end before now."), field="end")
        if start >= end:  # in the instant in which it begins
            raise Malformed("bad_span", _("The end must be after the start."), field="end")
        check_length(start, end)
    else:
        check_span(start, end, now)
