"""The limits of a booking: span, length, quantities, machines that take bookings.

Pure. They are checked before the capacity.
"""

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

GRACE = timedelta(minutes=5)  # how far a start may lie in the past: a form takes time to fill in and to send
HORIZON = timedelta(days=365 * 20)


class RequestedAllocation(NamedTuple):
    """A share of one machine, as a booking requests it."""

    machine_id: int
    gpus: int
    memory_gb: int

    @property
    def share(self) -> Share:
        return Share(self.gpus, self.memory_gb)


def max_span() -> timedelta:
    """Return the longest span of a booking: the policy FARM_MAX_DAYS, at most MAX_SPAN."""
    return min(MAX_SPAN, timedelta(days=settings.FARM_MAX_DAYS))


def check_span(start: datetime, end: datetime, now: datetime, *, past_allowed: bool = False) -> None:
    """Check that a span is in order, not past, not too long, not too far ahead.

    `past_allowed` is for imports. Raises Malformed.
    """
    if start >= end:
        raise Malformed("bad_span", _("The end must be after the start."), field="end")
    if (start < now - GRACE or end <= now) and not past_allowed:
        raise Malformed("in_the_past", _("The start is in the past."), field="start")
    if start > now + HORIZON:
        raise Malformed("too_far", _("The start is too far in the future."), field="start")
    check_length(start, end)


def check_length(start: datetime, end: datetime, field: str = "end") -> None:
    """Check that a span is not longer than `max_span`. Raises Malformed with `field`."""
    limit = max_span()
    if end - start > limit:
        sentence = ngettext(
            "A booking lasts at most %(days)s day.", "A booking lasts at most %(days)s days.", limit.days
        )
        raise Malformed("too_long", sentence % {"days": limit.days}, field=field)


def check_allocation(allocation: RequestedAllocation) -> None:
    """Check that both quantities are in range and not both 0. Raises Malformed."""
    for field, value in (("gpus", allocation.gpus), ("memory_gb", allocation.memory_gb)):
        if not 0 <= value <= MAX_QUANTITY:
            raise Malformed("bad_number", _("A quantity must be a whole number, 0 or more."), field=field)
    if allocation.gpus == 0 and allocation.memory_gb == 0:
        raise Malformed("nothing_asked", _("Ask for at least one GPU or some memory."), field="gpus")


def merged(allocations: Iterable[RequestedAllocation]) -> list[RequestedAllocation]:
    """Check allocations, add together those of the same machine, and sort them by machine."""
    by_machine: dict[int, RequestedAllocation] = {}
    for allocation in allocations:
        check_allocation(allocation)
        first = by_machine.get(allocation.machine_id)
        if first:
            gpus, memory_gb = first.gpus + allocation.gpus, first.memory_gb + allocation.memory_gb
            allocation = RequestedAllocation(allocation.machine_id, gpus, memory_gb)
        by_machine[allocation.machine_id] = allocation
    return [by_machine[machine_id] for machine_id in sorted(by_machine)]


def check_open(machine: Machine) -> None:
    """Check that a machine takes new bookings. Raises Conflict.

    A draining machine keeps its bookings but takes no new ones.
    """
    if machine.state != Machine.State.OPEN:
        raise Conflict(
            "not_open", _("%(name)s takes no new bookings.") % {"name": machine.shown_name}, field="resource"
        )


def check_change(
    reservation: Reservation,
    current: Sequence[RequestedAllocation],
    new: Sequence[RequestedAllocation],
    start: datetime,
    end: datetime,
    now: datetime,
) -> None:
    """Check the new span and allocations of a reservation.

    Of a running reservation only the end may change.
    """
    if reservation.state_at(now) == State.ACTIVE:
        if start != reservation.start or sorted(new) != sorted(current):
            raise Conflict("already_running", _("You can change only the end of a running booking."), field="start")
        if end < now:
            raise Conflict("in_the_past", _("A running booking cannot end before now."), field="end")
        if start >= end:  # at the instant at which it begins
            raise Malformed("bad_span", _("The end must be after the start."), field="end")
        check_length(start, end)
    else:
        check_span(start, end, now)
