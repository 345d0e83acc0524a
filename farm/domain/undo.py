"""Undo the last change of a reservation, as long as its former capacity is still free.

A signed ticket offers the undo. It names the reservation, its version after the change, the user who made the change
and the values before it. It is valid for LIFE, for that user and for that version only: any later change ends it. The
past is not rewritten, and the capacity is checked again under the lock.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from django.core import signing
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.principals import Principal
from farm.domain import booking
from farm.domain.reservation_rows import allocations_of
from farm.domain.rewriting import Rewrite, rewrite
from farm.models import Reservation
from farm.models.states import HOLDING, OPEN, State
from farm.rules import limits
from farm.rules.limits import RequestedAllocation
from kernel.errors import Conflict, Malformed, NotAllowed

LIFE = timedelta(minutes=5)
SALT = "farm.undo"
BEGUN = frozenset({State.ACTIVE, State.FINISHED, State.RELEASED})


class ReservationSnapshot(NamedTuple):
    """The values of a reservation before a change."""

    state: str
    start: datetime
    end: datetime
    purpose: str
    allocations: list[RequestedAllocation]


class UndoableStep(NamedTuple):
    """The content of a ticket: one change that can be undone."""

    reservation_id: int
    version: int  # after the change
    before: ReservationSnapshot | None  # None when the change created the reservation


def snapshot(reservation: Reservation) -> ReservationSnapshot:
    """Return the values to keep, before a change.

    Give the command the `version` of the same reservation. Then no other change can come between.
    """
    return ReservationSnapshot(
        str(reservation.state), reservation.start, reservation.end, reservation.purpose, allocations_of(reservation)
    )


def make_ticket(actor: User, changed: Reservation, before: ReservationSnapshot | None) -> str:
    """Sign the right of `actor` to undo the change that led from `before` to `changed`."""
    values = before and [
        before.state, before.start.isoformat(), before.end.isoformat(), before.purpose, before.allocations,
    ]  # fmt: skip
    return signing.dumps([actor.pk, changed.pk, changed.version, values], salt=SALT, compress=True)


def read_ticket(actor: User, text: str) -> UndoableStep:
    """Return the change that a ticket undoes.

    Raises Malformed for a ticket that we did not sign, Conflict for one that is too old, NotAllowed for one of somebody
    else.
    """
    try:
        user_id, reservation_id, version, values = signing.loads(text, salt=SALT, max_age=LIFE)
    except signing.SignatureExpired:
        raise Conflict("too_late", _("It is too late to undo this. Change the booking itself.")) from None
    except signing.BadSignature:
        raise Malformed("bad_ticket", _("This cannot be undone from here."), field="ticket") from None
    if actor.pk is None or user_id != actor.pk:
        raise NotAllowed("not_allowed", _("Only the person who made a change can undo it."))
    if values is None:
        return UndoableStep(reservation_id, version, None)
    state, start, end, purpose, rows = values
    span = datetime.fromisoformat(start), datetime.fromisoformat(end)
    allocations = [RequestedAllocation(*row) for row in rows]
    return UndoableStep(reservation_id, version, ReservationSnapshot(state, *span, purpose, allocations))


def undo_step(*, actor: Principal, step: UndoableStep) -> Reservation:
    """Restore the reservation as it was before the change.

    A reservation that the change created is cancelled or given back.
    """
    if step.before is None:
        return booking.end_early(actor=actor, reservation_id=step.reservation_id, version=step.version)
    return _restore(actor, step.reservation_id, step.version, step.before)


def _restore(actor: Principal, reservation_id: int, version: int, before: ReservationSnapshot) -> Reservation:
    def decide(reservation: Reservation, current: list[RequestedAllocation], now: datetime) -> Rewrite:
        state = reservation.state_at(now)
        has_begun = state in BEGUN
        if has_begun:
            _check_past_stays(reservation, current, before, now)
        else:
            limits.check_span(before.start, before.end, now)
        return Rewrite(
            state=before.state,
            start=before.start,
            end=before.end,
            purpose=before.purpose,
            allocations=before.allocations,
            kept_machines={row.machine_id for row in current} if state in HOLDING else set(),
            # Check from the moment it was given back, not from now: the row will say that it was held throughout.
            check_from=min(reservation.end, now) if has_begun else before.start,
            current_end=reservation.end if state in OPEN else None,
            running_since=reservation.start if has_begun else None,
        )

    return rewrite(
        "farm.undo",
        actor=actor,
        reservation_id=reservation_id,
        decide=decide,
        machine_ids={allocation.machine_id for allocation in before.allocations},
        version=version,
    )


def _check_past_stays(
    reservation: Reservation, current: list[RequestedAllocation], before: ReservationSnapshot, now: datetime
) -> None:
    """Check that only the end goes back, and to no earlier than now."""
    if before.start != reservation.start or sorted(before.allocations) != sorted(current):
        raise Conflict("already_running", _("You can change only the end of a running booking."), field="start")
    if before.end < now:
        raise Conflict("in_the_past", _("A running booking cannot end before now."), field="end")
