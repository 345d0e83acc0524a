"""The one command that rewrites a reservation, for `booking.change` and undo."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from django.utils import timezone

from accounts.principals import Principal
from farm.domain.no_capacity import check_capacity_free, run_or_offer_alternatives
from farm.domain.reservation_rows import add_allocations, lock_reservation, save_change
from farm.models import Machine, Reservation
from farm.rules import limits
from farm.rules.limits import RequestedAllocation


class Rewrite(NamedTuple):
    """The new values of a reservation, and how its capacity is checked."""

    state: str
    start: datetime
    end: datetime
    purpose: str
    allocations: Sequence[RequestedAllocation]
    kept_machines: Collection[int]  # ids; the other machines must take new bookings
    check_from: datetime  # the capacity is checked from here to `end`
    current_end: datetime | None  # for the alternatives of a refusal: see CapacityRequest
    running_since: datetime | None


Decide = Callable[[Reservation, list[RequestedAllocation], datetime], Rewrite]


def rewrite(
    command: str,
    *,
    actor: Principal,
    reservation_id: int,
    decide: Decide,
    machine_ids: Collection[int] = (),
    version: int | None = None,
) -> Reservation:
    """Lock a reservation, and replace its values and allocations by those of `decide`.

    `decide(reservation, allocations, now)` runs under the lock and raises when the new values are not allowed.
    `machine_ids` are machines to lock besides the ones of the reservation. `command` names the audit event. Raises
    Conflict for another `version`, or when a new machine takes no new bookings; NoCapacity when it does not fit.
    """
    now = timezone.now()

    def step() -> Reservation:
        reservation, before, current = lock_reservation(actor, reservation_id, extra=machine_ids, version=version)
        new = decide(reservation, current, now)
        machines = {row.pk: row for row in Machine.objects.filter(pk__in=[one.machine_id for one in new.allocations])}
        for pk, machine in machines.items():
            if pk not in new.kept_machines:
                limits.check_open(machine)
        if new.allocations:
            check_capacity_free(
                machines,
                new.allocations,
                new.check_from,
                new.end,
                excluding=[reservation.pk],
                current_end=new.current_end,
                running_since=new.running_since,
            )
        reservation.state, reservation.purpose = new.state, new.purpose
        reservation.start, reservation.end = new.start, new.end
        reservation.lines.all().delete()
        add_allocations(reservation, new.allocations)
        return save_change(actor, command, reservation, before)

    return run_or_offer_alternatives(step, now)
