"""Book named machines, or any machines that fit.

When a chosen machine is taken in the meantime, the choice is made again.
"""

from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.principals import Principal
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
    actor: Principal,
    owner: User,
    machine_requests: Sequence[MachineRequest],
    start: datetime,
    end: datetime,
    purpose: str = "",
    project: Project | None = None,
) -> Reservation:
    """Book one machine for each request, in one reservation.

    Raises Refused `no_machine` when the farm has too few such machines; for the rest see `booking.book`.
    """
    limits.check_span(start, end, timezone.now())
    for attempt in range(1, TRIES + 1):
        choice = slot_search.choose_machines(machine_requests, start, end)
        if choice is None:
            raise Refused("no_machine", _("The farm has too few machines of that kind."), field="resource")
        allocations = [
            RequestedAllocation(machine.pk, *request.need)
            for machine, request in zip(choice.machines, machine_requests, strict=True)
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
