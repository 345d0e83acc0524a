"""The read model of one booking's page, and its form."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q

from farm.forms import lines
from farm.forms.booking import ChangeForm
from farm.forms.lines import LineForm
from farm.models import DRAFT_LIFE, Closure, Machine, Reservation
from farm.models.states import OPEN, State
from farm.pages import booking_history, refusal_card
from farm.pages.book_again import alternatives_to
from farm.queries import extension
from farm.rules import wording
from farm.rules.permissions import ViewerPermissions, may_change

LOST = frozenset({State.DISPLACED, State.CANCELLED, State.REJECTED, State.EXPIRED})


def read(viewer: Any, found: Reservation, now: datetime) -> dict[str, Any]:
    """What the page shows; who may not see the names gets neither name nor purpose nor history."""
    sight = ViewerPermissions(viewer)
    state = found.state_at(now)
    allowed = may_change(viewer, found)
    context = {
        "reservation": found,
        "lines": list(found.lines.all()),
        "state": state,
        "open": state in OPEN,
        "sees_name": sight.sees_name(found),
        "is_mine": sight.is_mine(found),
        "may_change": allowed,
        "length": wording.duration(found.duration),
        "gpu_hours": gpu_hours(found),
        "draft_until": found.created_at + DRAFT_LIFE if state == State.DRAFT else None,
    }
    if allowed:
        context["history"] = booking_history.of(found)
        context["reach"] = extension.end_choices(found, now) if state in OPEN else None
    if allowed and state in LOST:
        context["closures"] = _closures(found) if state == State.DISPLACED else []
        context["ways"] = [refusal_card.told(way, kept(found)) for way in alternatives_to(found, now)]
    return context


def gpu_hours(found: Reservation) -> str:
    gpus = sum(row.gpus for row in found.lines.all() if row.held)
    return wording.hours(gpus * found.duration.total_seconds() / 3600)


def kept(found: Reservation) -> dict[str, Any]:
    """What a booking made again carries on besides its machines and its time."""
    return {"purpose": found.purpose, "project": found.project_id or ""}


def when(found: Reservation) -> str:
    return wording.span(found.start, found.end)


def _closures(found: Reservation) -> list[Closure]:
    machines = [row.machine_id for row in found.lines.all()]
    rows = Closure.objects.filter(machine__in=machines, start__lt=found.end, end__gt=found.start)
    return list(rows.select_related("machine").order_by("start"))


def form_of(
    found: Reservation, now: datetime, typed: Mapping[str, Any] | None = None, rows: Sequence[dict[str, Any]] = ()
) -> ChangeForm:
    """The form as the booking is; or as it was typed so far, not judged yet."""
    initial: dict[str, Any] = {
        "start": found.start, "end": found.end, "purpose": found.purpose, "version": found.version,
    }  # fmt: skip
    initial |= {name: typed[name] for name in initial if typed and name in typed}
    own = [{"resource": row.machine_id, "gpus": row.gpus, "memory_gb": row.memory_gb} for row in found.lines.all()]
    running = found.state_at(now) == State.ACTIVE
    return ChangeForm(only_end=running, machines=_machines(found), lines=rows or own, wishes=False, initial=initial)


def bound_form(found: Reservation, now: datetime, sent: Mapping[str, Any]) -> ChangeForm:
    """What was sent, with what the booking has for what was not."""
    had: dict[str, Any] = {"start": found.start.isoformat(), "end": found.end.isoformat(), "purpose": found.purpose}
    if "resource" not in sent:
        had |= lines.hidden((row.machine, (row.gpus, row.memory_gb)) for row in found.lines.all())
    running = found.state_at(now) == State.ACTIVE
    return ChangeForm(
        had | dict(sent.items()),
        only_end=running,
        machines=_machines(found),
        wishes=False,
        initial={"start": found.start, "end": found.end},
    )


def _machines(found: Reservation) -> list[Machine]:
    """Those that take bookings, and its own whatever their state."""
    own = [row.machine_id for row in found.lines.all()]
    return list(Machine.objects.filter(Q(state=Machine.State.OPEN) | Q(pk__in=own)))


def changes(data: Mapping[str, Any], forms: Sequence[LineForm]) -> dict[str, Any]:
    """What the verb is asked for."""
    asked: dict[str, Any] = {"end": data["end"], "purpose": data["purpose"]}
    if data.get("start"):
        asked["start"] = data["start"]
    if forms:
        asked["allocations"] = [form.line for form in forms]
    return asked


def first_fault(form: ChangeForm) -> str:
    """The first thing that is wrong with it, in words."""
    faults = [*form.errors.values(), *(errors for line in form.lines for errors in line.errors.values())]
    return str(next((errors[0] for errors in faults if errors), ""))
