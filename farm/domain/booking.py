"""Every change of a booking. Each verb: rules, then the lock, then reads, checks, rows, trail and hint, all or nothing.

`actor` is who asks (a person, a machine, None for Atelier itself); what it may not do is NotAllowed. A want of room is
refusals.NoCapacity (409), a step that the state does not allow is Conflict, a farm that stays busy is Busy.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from farm.domain.locks import holder_ids, lock_holders, lock_machines, write
from farm.domain.no_capacity import check_capacity_free, run_or_offer_alternatives
from farm.domain.reservation_rows import add_rows, find, locked, person, save, tell
from farm.domain.rewriting import Rewrite, rewrite
from farm.models import DRAFT_LIFE, Machine, Project, Reservation
from farm.models.states import State, check_step
from farm.rules import limits, permissions
from farm.rules.limits import RequestedAllocation
from kernel.errors import Conflict, Malformed, Unknown


def book(
    *,
    actor: Any,
    owner: User,
    start: datetime,
    end: datetime,
    allocations: Sequence[RequestedAllocation] = (),
    purpose: str = "",
    project: Project | None = None,
    past_allowed: bool = False,
    also: Callable[[Reservation], object] | None = None,
) -> Reservation:
    """One booking of one or more machines, as a whole or not at all; without allocations a draft that holds nothing.

    The same machine twice is one allocation. `past_allowed` is for imports; `also` runs last in the same transaction,
    each time that it is tried.
    """
    now = timezone.now()
    permissions.check_may_book_for(actor, owner)
    permissions.check_may_charge(owner, project)
    limits.check_span(start, end, now, past_allowed=past_allowed)
    wanted = limits.merged(allocations)
    holders = holder_ids(owner, project)

    def step() -> Reservation:
        # All that does not hang on the machines is written before they are locked: others wait for those.
        lock_holders(holders)
        reservation = Reservation.objects.create(
            owner=owner,
            project=project,
            purpose=purpose,
            start=start,
            end=end,
            state=State.CONFIRMED if wanted else State.DRAFT,
            created_by=person(actor),
            created_at=now,
        )
        tell(actor, "farm.book", reservation, {}, lines=wanted)
        machines = lock_machines([allocation.machine_id for allocation in wanted])
        _check_open(machines)
        check_capacity_free(machines, wanted, start, end)
        add_rows(reservation, wanted)
        if also:
            also(reservation)
        return reservation

    return run_or_offer_alternatives(step, now)


def add_allocation(*, actor: Any, reservation_id: int, allocation: RequestedAllocation) -> Reservation:
    """One more machine for a draft or a booking that has not begun; the first line makes a draft a booking."""
    now = timezone.now()
    limits.check_allocation(allocation)

    def step() -> Reservation:
        reservation, before, had = locked(actor, reservation_id, extra=[allocation.machine_id])
        _check_step("add_allocation", reservation, now)
        if allocation.machine_id in {row.machine_id for row in had}:
            raise Conflict("duplicate", _("This booking has that machine already."), field="resource")
        limits.check_span(reservation.start, reservation.end, now)
        together = [*had, allocation]  # what there is stays in the question: a way on keeps all the lines
        machines = {row.pk: row for row in Machine.objects.filter(pk__in=[row.machine_id for row in together])}
        _check_open({allocation.machine_id: machines[allocation.machine_id]})
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
        add_rows(reservation, [allocation])
        return save(actor, "farm.add_line", reservation, before)

    return run_or_offer_alternatives(step, now)


def remove_allocation(*, actor: Any, reservation_id: int, machine_id: int) -> Reservation:
    """One machine less. Without any line left the booking is cancelled: a booking of nothing would hold nothing."""
    now = timezone.now()

    def step() -> Reservation:
        reservation, before, allocations = locked(actor, reservation_id)
        _check_step("remove_allocation", reservation, now)
        if machine_id not in {allocation.machine_id for allocation in allocations}:
            raise Unknown("unknown_line", _("This booking does not have that machine."), field="resource")
        reservation.lines.filter(machine=machine_id).delete()
        if len(allocations) == 1:
            reservation.state = State.CANCELLED
        return save(actor, "farm.remove_line", reservation, before)

    return write(step)


def change(
    *,
    actor: Any,
    reservation_id: int,
    start: datetime | None = None,
    end: datetime | None = None,
    purpose: str | None = None,
    allocations: Sequence[RequestedAllocation] | None = None,
    version: int | None = None,
) -> Reservation:
    """Move, extend or shorten a reservation, or change its machines and shares; None keeps a value.

    The past is never rewritten: of a running reservation only the end moves, and to no earlier than now. Raises
    Conflict when `version` is given and is not the reservation's version any more.
    """
    wanted = None if allocations is None else limits.merged(allocations)
    machine_ids = [allocation.machine_id for allocation in wanted or []]

    def decide(reservation: Reservation, current: list[RequestedAllocation], now: datetime) -> Rewrite:
        _check_step("change", reservation, now)
        new = current if wanted is None else wanted
        return _decide_change(reservation, current, new, now, start=start, end=end, purpose=purpose)

    return rewrite(
        "farm.change",
        actor=actor,
        reservation_id=reservation_id,
        decide=decide,
        machine_ids=machine_ids,
        version=version,
    )


def change_allocation(*, actor: Any, reservation_id: int, allocation: RequestedAllocation) -> Reservation:
    """Change the share of a machine that the reservation already has."""
    limits.check_allocation(allocation)

    def decide(reservation: Reservation, current: list[RequestedAllocation], now: datetime) -> Rewrite:
        _check_step("change", reservation, now)
        if allocation.machine_id not in {row.machine_id for row in current}:
            raise Unknown("unknown_line", _("This booking does not have that machine."), field="resource")
        new = [allocation if row.machine_id == allocation.machine_id else row for row in current]
        return _decide_change(reservation, current, new, now)

    return rewrite("farm.change", actor=actor, reservation_id=reservation_id, decide=decide)


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
        raise Malformed("nothing_asked", _("A booking keeps at least one machine: cancel it instead."), field="lines")
    new_start, new_end = start or reservation.start, end or reservation.end
    limits.check_change(reservation, current, new, new_start, new_end, now)
    return Rewrite(
        state=State.CONFIRMED if new and reservation.state == State.DRAFT else reservation.state,
        start=new_start,
        end=new_end,
        purpose=reservation.purpose if purpose is None else purpose,
        allocations=new,
        kept_machines={row.machine_id for row in current},
        check_from=max(new_start, now),
        current_end=reservation.end,
        running_since=reservation.start if reservation.start <= now else None,
    )


def cancel(*, actor: Any, reservation_id: int, reason: str = "", version: int | None = None) -> Reservation:
    """Give up a booking that has not begun; what it held is free at once."""
    now = timezone.now()

    def step() -> Reservation:
        reservation, before, __ = locked(actor, reservation_id, version=version)
        _check_step("cancel", reservation, now)
        reservation.state = State.CANCELLED
        reservation.lines.update(held=False)
        return save(actor, "farm.cancel", reservation, before, reason)

    return write(step)


def give_back(*, actor: Any, reservation_id: int, reason: str = "", version: int | None = None) -> Reservation:
    """End a running booking now; the rest is free at once, what was used stays on record."""
    now = timezone.now()

    def step() -> Reservation:
        reservation, before, __ = locked(actor, reservation_id, version=version)
        if reservation.state_at(now) != State.ACTIVE or now <= reservation.start:
            raise Conflict("illegal_step", _("Only a running booking can be given back."))
        reservation.state, reservation.end = State.RELEASED, now
        reservation.lines.update(end=now)
        return save(actor, "farm.give_back", reservation, before, reason)

    return write(step)


def end_early(*, actor: Any, reservation_id: int, version: int | None = None) -> Reservation:
    """Cancel it, or give it back if it has begun."""
    if find(reservation_id).state_at(timezone.now()) == State.ACTIVE:
        return give_back(actor=actor, reservation_id=reservation_id, version=version)
    return cancel(actor=actor, reservation_id=reservation_id, version=version)


def expire_drafts(now: datetime | None = None) -> int:
    """Drafts without a line for an hour are over. How many were."""
    now = now or timezone.now()
    old = Reservation.objects.filter(state=State.DRAFT, created_at__lte=now - DRAFT_LIFE)

    def expire(reservation_id: int) -> bool:
        reservation, before, __ = locked(None, reservation_id)
        if reservation.state != State.DRAFT:  # it got a line in the meantime
            return False
        reservation.state = State.EXPIRED
        save(None, "farm.expire", reservation, before)
        return True

    return sum(write(lambda pk=pk: expire(pk)) for pk in old.values_list("pk", flat=True))  # type: ignore[misc]


def _check_open(machines: dict[int, Machine]) -> None:
    for machine in machines.values():
        limits.check_open(machine)


def _check_step(step: str, reservation: Reservation, now: datetime) -> None:
    check_step(step, reservation.state_at(now))
