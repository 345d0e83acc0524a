"""Booking what a person machine_requests for: named machines, or any that fit and still do when their turn comes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from farm.domain import booking
from farm.domain.no_capacity import NoCapacity
from farm.models import Project, Reservation
from farm.queries import slot_search
from farm.queries.slot_search import MachineRequest
from farm.rules import limits
from farm.rules.limits import RequestedAllocation
from kernel.errors import Refused

TRIES = 3


def book(
    *,
    actor: Any,
    owner: User,
    machine_requests: Sequence[MachineRequest],
    start: datetime,
    end: datetime,
    purpose: str = "",
    project: Project | None = None,
) -> Reservation:
    """One booking with a machine for each wanted. What was free a moment ago and is no more is chosen again."""
    limits.check_span(start, end, timezone.now())
    for attempt in range(1, TRIES + 1):
        choice = slot_search.choose_machines(machine_requests, start, end)
        if choice is None:
            raise Refused("no_machine", _("The farm has too few machines of that kind."), field="resource")
        allocations = [
            RequestedAllocation(row.pk, *wanted.need)
            for row, wanted in zip(choice.machines, machine_requests, strict=True)
        ]
        try:
            return booking.book(
                actor=actor,
                owner=owner,
                start=start,
                end=end,
                allocations=allocations,
                purpose=purpose,
                project=project,
            )
        except NoCapacity:
            if not choice.fits or attempt == TRIES:
                raise
    raise AssertionError("unreachable")
