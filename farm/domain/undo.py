"""Taking one's last step back: a booking becomes what it was before, as long as its place is still free.

A step is offered back by a signed ticket that names the booking, its version after the step, who took the step and what
the booking was. It is good for a few minutes, for that person, and for that version: whoever changed the booking since
has ended it. Nothing of the past is rewritten, and the room is asked for again under the lock like any other.
"""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.core import signing
from django.utils.translation import gettext as _

from farm.domain import booking
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
    """What a booking was before a step."""

    state: str
    start: datetime
    end: datetime
    purpose: str
    allocations: list[RequestedAllocation]


class UndoableStep(NamedTuple):
    """What a ticket says: the step that may be taken back."""

    reservation_id: int
    version: int  # after the step
    was: ReservationSnapshot | None  # None: there was no booking


def snapshot(reservation: Reservation) -> ReservationSnapshot:
    """Ask it before the step, and give the step the same `version`, so that nothing came between."""
    allocations = [RequestedAllocation(row.machine_id, row.gpus, row.memory_gb) for row in reservation.lines.all()]
    return ReservationSnapshot(
        str(reservation.state), reservation.start, reservation.end, reservation.purpose, allocations
    )


def make_ticket(actor: Any, after: Reservation, was: ReservationSnapshot | None) -> str:
    """The right of `actor` to take back the step that made `after` of what it `was`."""
    told = was and [was.state, was.start.isoformat(), was.end.isoformat(), was.purpose, was.allocations]
    return signing.dumps([actor.pk, after.pk, after.version, told], salt=SALT, compress=True)


def undo_step(*, actor: Any, step: UndoableStep) -> Reservation:
    """The booking as it was before the step: made again, moved back; one that was made is cancelled or given back."""
    if step.was is None:
        return booking.end_early(actor=actor, reservation_id=step.reservation_id, version=step.version)
    return _restore(actor, step.reservation_id, step.version, step.was)


def read_ticket(actor: Any, text: str) -> UndoableStep:
    """The step of a ticket that is this person's and still good."""
    try:
        who, reservation_id, version, told = signing.loads(text, salt=SALT, max_age=LIFE)
    except signing.SignatureExpired:
        raise Conflict("too_late", _("It is too late to undo this: change the booking itself.")) from None
    except signing.BadSignature:
        raise Malformed("bad_ticket", _("This cannot be undone from here."), field="ticket") from None
    if actor.pk is None or who != actor.pk:
        raise NotAllowed("not_allowed", _("Only who took a step can undo it."))
    if told is None:
        return UndoableStep(reservation_id, version, None)
    state, start, end, purpose, allocations = told
    span = datetime.fromisoformat(start), datetime.fromisoformat(end)
    return UndoableStep(
        reservation_id,
        version,
        ReservationSnapshot(state, *span, purpose, [RequestedAllocation(*values) for values in allocations]),
    )


def _restore(actor: Any, reservation_id: int, version: int, was: ReservationSnapshot) -> Reservation:
    def decide(reservation: Reservation, current: list[RequestedAllocation], now: datetime) -> Rewrite:
        state = reservation.state_at(now)
        has_begun = state in BEGUN
        if has_begun:
            _check_past(reservation, current, was, now)
        else:
            limits.check_span(was.start, was.end, now)
        return Rewrite(
            state=was.state,
            start=was.start,
            end=was.end,
            purpose=was.purpose,
            allocations=was.allocations,
            kept_machines={row.machine_id for row in current} if state in HOLDING else set(),
            # After giving back, the capacity is checked from that moment, not from now: the row will say that it was
            # held throughout.
            check_from=min(reservation.end, now) if has_begun else was.start,
            current_end=reservation.end if state in OPEN else None,
            running_since=reservation.start if has_begun else None,
        )

    return rewrite(
        "farm.undo",
        actor=actor,
        reservation_id=reservation_id,
        decide=decide,
        machine_ids={allocation.machine_id for allocation in was.allocations},
        version=version,
    )


def _check_past(
    reservation: Reservation, had: list[RequestedAllocation], was: ReservationSnapshot, now: datetime
) -> None:
    """What has run has run: only the end of a booking that has begun can go back, and to no earlier than now."""
    if was.start != reservation.start or sorted(was.allocations) != sorted(had):
        raise Conflict("already_running", _("Of a running booking only the end can be moved."), field="start")
    if was.end < now:
        raise Conflict("in_the_past", _("A running booking cannot end before now."), field="end")
