"""Book named machines, or any machines that fit.

The choice is first made without a lock, so that other bookings need not wait for it. When somebody else took such a
machine meanwhile, the choice is made again under the lock of all machines that the request accepts. So nobody is
refused while one of them is free.
"""

from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.principals import Principal
from farm.domain.new_reservation import Also, ChoiceUnderLock, NewReservation, RequestedShares, create_reservation
from farm.domain.no_capacity import NoCapacity
from farm.models import Machine, Project, Reservation
from farm.queries.slot_search import MachineChoice, MachineRequest, choose_machines
from farm.rules import limits
from farm.rules.limits import RequestedAllocation
from kernel.errors import Conflict, Refused


def book(
    *,
    actor: Principal,
    owner: User,
    machine_requests: Sequence[MachineRequest],
    start: datetime,
    end: datetime,
    purpose: str = "",
    project: Project | None = None,
    also: Also | None = None,
) -> Reservation:
    """Book one machine for each request, in one reservation.

    `also` runs last in the same transaction. Raises Refused `no_machine` when the farm has too few such machines; for
    the rest see `booking.book`.
    """
    now = timezone.now()
    limits.check_span(start, end, now)
    new = NewReservation(actor, owner, start, end, purpose, project)
    choice = choose_machines(machine_requests, start, end)
    try:
        return create_reservation(new, _shares(machine_requests, choice), now, also)
    except Conflict as refusal:
        is_open_choice = any(request.machine is None for request in machine_requests)
        lost_the_race = isinstance(refusal, NoCapacity) and choice is not None and choice.fits
        if not (is_open_choice and (lost_the_race or refusal.code == "not_open")):
            raise
    return create_reservation(new, _choice_under_lock(machine_requests, start, end), now, also)


def _choice_under_lock(machine_requests: Sequence[MachineRequest], start: datetime, end: datetime) -> ChoiceUnderLock:
    def choose(machines: dict[int, Machine]) -> RequestedShares:
        still_open = [machine for machine in machines.values() if machine.is_open]
        return _shares(machine_requests, choose_machines(machine_requests, start, end, still_open))

    accepted = [
        row.pk for row in Machine.objects.bookable() if any(request.accepts(row) for request in machine_requests)
    ]
    return ChoiceUnderLock(accepted, choose)


def _shares(machine_requests: Sequence[MachineRequest], choice: MachineChoice | None) -> RequestedShares:
    """Return what each request takes of the machine that is chosen for it. Raises Refused `no_machine`."""
    if choice is None:
        raise Refused("no_machine", _("The farm has too few machines of that kind."), field="resource")
    chosen = list(zip(choice.machines, machine_requests, strict=True))
    return RequestedShares(
        limits.merged(RequestedAllocation(machine.pk, *request.need_on(machine)) for machine, request in chosen),
        frozenset(machine.pk for machine, request in chosen if request.memory_gb is None),
    )
