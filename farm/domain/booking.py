"""Commands that change a reservation.

Each one validates, locks, reads again, checks capacity, saves, writes the audit log and notifies open pages, in one
transaction. `actor` is the principal that acts. Raises NotAllowed when the actor may not do this, NoCapacity (409,
code `no_room`) when capacity is missing, Conflict when the state of the reservation does not allow it, and Busy when
the database keeps undoing the transaction.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.principals import Principal
from farm.domain.locks import run_in_transaction
from farm.domain.new_reservation import Also, NewReservation, RequestedShares, create_reservation
from farm.domain.no_capacity import check_capacity_free, run_or_offer_alternatives
from farm.domain.reservation_rows import (
    add_allocations,
    get_reservation,
    lock_reservation,
    save_change,
)
from farm.domain.rewriting import Rewrite, rewrite
from farm.models import Machine, Project, Reservation
from farm.models.states import State, check_step
from farm.rules import limits
from farm.rules.limits import RequestedAllocation
from farm.rules.shown_words import clean_sentence
from kernel.errors import Conflict, Malformed, Unknown


def book(
    *,
    actor: Principal,
    owner: User,
    start: datetime,
    end: datetime,
    allocations: Sequence[RequestedAllocation] = (),
    purpose: str = "",
    project: Project | None = None,
    past_allowed: bool = False,
    over_api: bool = False,
    also: Also | None = None,
    memory_with_gpus: Collection[int] = (),
) -> Reservation:
    """Book shares of one or more machines, all or none.

    Without allocations, the reservation is a draft that holds nothing. Two allocations of the same machine are added
    together. `past_allowed` is for imports, `over_api` for a request of a program: its owner gets a mail. `also` runs
    last in the same transaction, at each try. On the machines with the ids `memory_with_gpus`, the memory is the part
    that goes with the GPUs.
    """
    new = NewReservation(actor, owner, start, end, purpose, project, past_allowed, over_api)
    requested = RequestedShares(limits.merged(allocations), memory_with_gpus)
    return create_reservation(new, requested, timezone.now(), also)


def add_allocation(
    *,
    actor: Principal,
    reservation_id: int,
    allocation: RequestedAllocation,
    version: int | None = None,
    over_api: bool = False,
) -> Reservation:
    """Add a machine to a draft or to a reservation that has not begun. The first machine confirms a draft.

    `over_api` as in `book`.
    """
    now = timezone.now()
    limits.check_allocation(allocation)

    def step() -> Reservation:
        reservation, before, current = lock_reservation(
            actor, reservation_id, extra=[allocation.machine_id], version=version
        )
        check_step("add_allocation", reservation.state_at(now))
        if allocation.machine_id in {row.machine_id for row in current}:
            raise Conflict("duplicate", _("This booking has that machine already."), field="resource")
        limits.check_span(reservation.start, reservation.end, now)
        together = [*current, allocation]  # all of them, so that an alternative has all of them
        machines = {row.pk: row for row in Machine.objects.filter(pk__in=[row.machine_id for row in together])}
        limits.check_open(machines[allocation.machine_id])
        check_capacity_free(
            machines,
            together,
            reservation.start,
            reservation.end,
            excluding=[reservation.pk],
            current_end=reservation.end,
        )
        if reservation.state == State.DRAFT:
            reservation.state = State.CONFIRMED
        add_allocations(reservation, [allocation])
        return save_change(actor, "farm.add_line", reservation, before, over_api=over_api)

    return run_or_offer_alternatives(step, now)


def remove_allocation(
    *, actor: Principal, reservation_id: int, machine_id: int, version: int | None = None
) -> Reservation:
    """Remove a machine from a reservation that has not begun.

    Removing the last one cancels the reservation.
    """
    now = timezone.now()

    def step() -> Reservation:
        reservation, before, current = lock_reservation(actor, reservation_id, version=version)
        check_step("remove_allocation", reservation.state_at(now))
        if machine_id not in {row.machine_id for row in current}:
            raise Unknown("unknown_line", _("This booking does not have that machine."), field="resource")
        reservation.lines.filter(machine=machine_id).delete()
        if len(current) == 1:
            reservation.state = State.CANCELLED
        return save_change(actor, "farm.remove_line", reservation, before)

    return run_in_transaction(step)


def change(
    *,
    actor: Principal,
    reservation_id: int,
    start: datetime | None = None,
    end: datetime | None = None,
    purpose: str | None = None,
    allocations: Sequence[RequestedAllocation] | None = None,
    version: int | None = None,
) -> Reservation:
    """Move, extend or shorten a reservation, or change its machines and shares.

    None keeps a value. The past is never rewritten: of a running reservation only the end moves, and to no earlier than
    now. Raises Conflict when `version` is given and is not the reservation's version any more.
    """
    requested = None if allocations is None else limits.merged(allocations)

    def decide(reservation: Reservation, current: list[RequestedAllocation], now: datetime) -> Rewrite:
        check_step("change", reservation.state_at(now))
        new = current if requested is None else requested
        return _decide_change(reservation, current, new, now, start=start, end=end, purpose=purpose)

    return rewrite(
        "farm.change",
        actor=actor,
        reservation_id=reservation_id,
        decide=decide,
        machine_ids=[allocation.machine_id for allocation in requested or []],
        version=version,
    )


def change_allocation(
    *, actor: Principal, reservation_id: int, allocation: RequestedAllocation, version: int | None = None
) -> Reservation:
    """Change the share of a machine that the reservation already has."""
    limits.check_allocation(allocation)

    def decide(reservation: Reservation, current: list[RequestedAllocation], now: datetime) -> Rewrite:
        check_step("change", reservation.state_at(now))
        if allocation.machine_id not in {row.machine_id for row in current}:
            raise Unknown("unknown_line", _("This booking does not have that machine."), field="resource")
        new = [allocation if row.machine_id == allocation.machine_id else row for row in current]
        return _decide_change(reservation, current, new, now)

    return rewrite("farm.change", actor=actor, reservation_id=reservation_id, decide=decide, version=version)


def _decide_change(
    reservation: Reservation,
    current: list[RequestedAllocation],
    new: list[RequestedAllocation],
    now: datetime,
    *,
    start: datetime | None = None,
    end: datetime | None = None,
    purpose: str | None = None,
) -> Rewrite:
    if current and not new:
        raise Malformed(
            "nothing_asked", _("A booking needs at least one machine. Cancel the booking instead."), field="lines"
        )
    new_start, new_end = start or reservation.start, end or reservation.end
    limits.check_change(reservation, current, new, new_start, new_end, now)
    return Rewrite(
        state=State.CONFIRMED if new and reservation.state == State.DRAFT else reservation.state,
        start=new_start,
        end=new_end,
        purpose=_changed_purpose(reservation, purpose),
        allocations=new,
        kept_machines={row.machine_id for row in current},
        check_from=max(new_start, now),
        current_end=reservation.end,
        running_since=reservation.start if reservation.start <= now else None,
    )


def _changed_purpose(reservation: Reservation, purpose: str | None) -> str:
    """Return the new purpose. The one that is stored may stay as it is."""
    if purpose is None or purpose == reservation.purpose:
        return reservation.purpose
    return clean_sentence(purpose, "purpose")


def cancel(*, actor: Principal, reservation_id: int, reason: str = "", version: int | None = None) -> Reservation:
    """Cancel a reservation that has not begun. Its capacity is free at once."""
    now = timezone.now()
    reason = clean_sentence(reason, "reason")

    def step() -> Reservation:
        reservation, before, __ = lock_reservation(actor, reservation_id, version=version)
        check_step("cancel", reservation.state_at(now))
        reservation.state = State.CANCELLED
        reservation.lines.update(held=False)
        return save_change(actor, "farm.cancel", reservation, before, reason)

    return run_in_transaction(step)


def give_back(*, actor: Principal, reservation_id: int, reason: str = "", version: int | None = None) -> Reservation:
    """End a running reservation now.

    The rest of its time is free at once. The time used stays on record.
    """
    now = timezone.now()
    reason = clean_sentence(reason, "reason")

    def step() -> Reservation:
        reservation, before, __ = lock_reservation(actor, reservation_id, version=version)
        if reservation.state_at(now) != State.ACTIVE or now <= reservation.start:
            raise Conflict("illegal_step", _("Only a running booking can be given back."))
        reservation.state, reservation.end = State.RELEASED, now
        reservation.lines.update(end=now)
        return save_change(actor, "farm.give_back", reservation, before, reason)

    return run_in_transaction(step)


def end_early(*, actor: Principal, reservation_id: int, version: int | None = None) -> Reservation:
    """Give back a reservation that runs, cancel any other."""
    if get_reservation(reservation_id).state_at(timezone.now()) == State.ACTIVE:
        return give_back(actor=actor, reservation_id=reservation_id, version=version)
    return cancel(actor=actor, reservation_id=reservation_id, version=version)
