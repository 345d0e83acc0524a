"""The page of one booking: its context, and the form that changes it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q

from accounts.models import User
from farm.forms import allocations as allocation_forms
from farm.forms.allocations import AllocationForm
from farm.forms.booking import ChangeForm
from farm.models import DRAFT_LIFE, Closure, Machine, Reservation
from farm.models.states import OPEN, State
from farm.pages import booking_history, refusal_card
from farm.pages.book_again import rebooking_alternatives
from farm.pages.lost_times import LostTimeNotice, add_alternatives, notice_of
from farm.queries import extension
from farm.rules import wording
from farm.rules.permissions import ViewerPermissions, may_change

LOST = frozenset({State.DISPLACED, State.CANCELLED, State.REJECTED, State.EXPIRED})


def load_page(viewer: User, reservation: Reservation, now: datetime) -> dict[str, Any]:
    """Return the context of the page.

    Who may not see the name sees neither the purpose nor the history.
    """
    sight = ViewerPermissions(viewer)
    state = reservation.state_at(now)
    allowed = may_change(viewer, reservation)
    context = {
        "reservation": reservation,
        "allocations": list(reservation.lines.all()),
        "state": state,
        "open": state in OPEN,
        "sees_name": sight.sees_name(reservation),
        "is_mine": sight.is_mine(reservation),
        "may_change": allowed,
        "length": wording.duration(reservation.duration),
        "gpu_hours": gpu_hours(reservation),
        "draft_until": reservation.created_at + DRAFT_LIFE if state == State.DRAFT else None,
    }
    if allowed:
        context["history"] = booking_history.load_history(reservation)
        context["reach"] = extension.end_choices(reservation, now) if state in OPEN else None
    if allowed and state not in LOST:
        context["lost_time"] = _lost_time(reservation, now)
    if allowed and state in LOST:
        context["closures"] = _closures(reservation) if state == State.DISPLACED else []
        context["alternatives"] = [
            refusal_card.alternative_card(alternative, rebooking_fields(reservation))
            for alternative in rebooking_alternatives(reservation, now)
        ]
    return context


def _lost_time(reservation: Reservation, now: datetime) -> LostTimeNotice | None:
    """Return the lost time of this booking that is not over, with alternatives; None without any."""
    row = reservation.lost_times.filter(end__gt=now).order_by("-pk").first()
    if row is None:
        return None
    row.reservation = reservation  # with its prefetched machines
    notice = notice_of(row, now)
    add_alternatives(notice, now)
    return notice


def gpu_hours(reservation: Reservation) -> str:
    gpus = sum(allocation.gpus for allocation in reservation.lines.all() if allocation.held)
    return wording.hours(gpus * reservation.duration.total_seconds() / 3600)


def rebooking_fields(reservation: Reservation) -> dict[str, Any]:
    """Return the form fields that a new booking takes over, besides machines and time."""
    return {"purpose": reservation.purpose, "project": reservation.project_id or ""}


def span_in_words(reservation: Reservation) -> str:
    return wording.span(reservation.start, reservation.end)


def _closures(reservation: Reservation) -> list[Closure]:
    machines = [allocation.machine_id for allocation in reservation.lines.all()]
    rows = Closure.objects.filter(machine__in=machines, start__lt=reservation.end, end__gt=reservation.start)
    return list(rows.select_related("machine").order_by("start"))


def change_form(
    reservation: Reservation,
    now: datetime,
    typed: Mapping[str, Any] | None = None,
    rows: Sequence[dict[str, Any]] = (),
) -> ChangeForm:
    """Return the unbound form, filled from the booking.

    `typed` and `rows` are what the person has typed so far, of the form and of its machines; they come first.
    """
    initial: dict[str, Any] = {
        "start": reservation.start,
        "end": reservation.end,
        "purpose": reservation.purpose,
        "version": reservation.version,
    }
    initial |= {name: typed[name] for name in initial if typed and name in typed}
    own_rows = [
        allocation_forms.row_of(allocation.machine_id, allocation.gpus, allocation.memory_gb)
        for allocation in reservation.lines.all()
    ]
    running = reservation.state_at(now) == State.ACTIVE
    return ChangeForm(
        only_end=running, machines=_machines(reservation), rows=rows or own_rows, any_machine=False, initial=initial
    )


def bound_change_form(reservation: Reservation, now: datetime, data: Mapping[str, Any]) -> ChangeForm:
    """Return the form bound to `data`; a field that was not sent has the booking's value."""
    current: dict[str, Any] = {
        "start": reservation.start.isoformat(),
        "end": reservation.end.isoformat(),
        "purpose": reservation.purpose,
    }
    if "resource" not in data:
        current |= allocation_forms.hidden_fields(
            (allocation.machine, (allocation.gpus, allocation.memory_gb)) for allocation in reservation.lines.all()
        )
    running = reservation.state_at(now) == State.ACTIVE
    form = ChangeForm(
        current | dict(data.items()),
        only_end=running,
        machines=_machines(reservation),
        any_machine=False,
        initial={"start": reservation.start, "end": reservation.end},
    )
    # A booking with GPUs and without memory was confirmed when it was made.
    form.asks_about_memory = not any(
        allocation_forms.is_without_memory(allocation.gpus, allocation.memory_gb)
        for allocation in reservation.lines.all()
    )
    return form


def _machines(reservation: Reservation) -> list[Machine]:
    """Return the machines that take bookings, and those of this booking whatever their state."""
    own = [allocation.machine_id for allocation in reservation.lines.all()]
    return list(Machine.objects.filter(Q(state=Machine.State.OPEN) | Q(pk__in=own)))


def changes(data: Mapping[str, Any], forms: Sequence[AllocationForm]) -> dict[str, Any]:
    """Return the arguments of `farm.domain.booking.change` for a valid form."""
    arguments: dict[str, Any] = {"end": data["end"], "purpose": data["purpose"]}
    if data.get("start"):
        arguments["start"] = data["start"]
    if forms:
        arguments["allocations"] = [form.requested_allocation for form in forms]
    return arguments


def first_error(form: ChangeForm) -> str:
    """Return the first error of the form or of its machines, in words."""
    errors = [*form.errors.values()]
    for allocation_form in form.allocation_forms:
        errors += allocation_form.errors.values()
    return str(next((messages[0] for messages in errors if messages), ""))
