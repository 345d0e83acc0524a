"""The steps that staff take on machines: close, change the capacity, drain, open, retire.

Each has a preview of the bookings that it would shorten or displace.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from farm.admin.forms import CapacityForm, ClosureForm, EmptyForm
from farm.domain import machines
from farm.domain.displacement import Confirmed, would_lose
from farm.domain.sent_once import SentForm, make_once
from farm.models import Closure, Machine, Reservation
from kernel.errors import Refused


class MachineStep(NamedTuple):
    """One step.

    Its texts are lazy; `command` is called with the form's values and the `fixed` ones.
    """

    title: Any
    button: Any
    done: Any  # the toast for each machine, with its %(name)s
    explanation: Any
    form: type[forms.Form]
    command: Callable[..., Any]
    fixed: dict[str, Any] = {}
    single: bool = False  # whether it is taken on one machine at a time
    makes_closure: bool = False  # otherwise it sets values, and a second time changes nothing

    def call(self, actor: User, machine: Machine, form: Any, confirm: Confirmed, key: str = "") -> object:
        """Run the command.

        `key` is the form key of the page: with it, a form that is sent several times makes one closure.
        """
        values = form.values() if hasattr(form, "values") else {}
        run = partial(self.command, actor=actor, machine_id=machine.pk, confirm=confirm, **values, **self.fixed)
        if not self.makes_closure:
            return run()
        sent = SentForm(actor, key, {**values, "machine": machine.pk})
        return make_once(sent, _closure_that_counts, lambda also: run(also=also))


def _closure_that_counts(pk: int) -> Closure | None:
    return Closure.objects.filter(pk=pk, end__gt=timezone.now()).first()


STEPS = {
    "close": MachineStep(
        _("Close for maintenance"),
        _("Close for maintenance"),
        _("Closed: %(name)s."),
        _("Nobody can book the closed part of a machine while it is closed."),
        ClosureForm,
        machines.close,
        makes_closure=True,
    ),
    "capacity": MachineStep(
        _("Change the capacity"),
        _("Change the capacity"),
        _("Capacity changed: %(name)s."),
        _("From now on. Past bookings stay as they are."),
        CapacityForm,
        machines.change_machine,
        single=True,
    ),
    "drain": MachineStep(
        _("Drain"),
        _("Drain"),
        _("Takes no new bookings: %(name)s."),
        _("A draining machine keeps its bookings and takes no new ones."),
        EmptyForm,
        machines.change_machine,
        {"state": Machine.State.DRAINING},
    ),
    "open": MachineStep(
        _("Open for bookings"),
        _("Open"),
        _("Open for bookings: %(name)s."),
        _("An open machine can be booked by everybody."),
        EmptyForm,
        machines.change_machine,
        {"state": Machine.State.OPEN},
    ),
    "retire": MachineStep(
        _("Retire"),
        _("Retire"),
        _("Retired: %(name)s."),
        _("A retired machine leaves the farm; its history stays."),
        EmptyForm,
        machines.retire,
    ),
}


class LosingBooking(NamedTuple):
    """A booking that a step would shorten to `end`, or displace (None)."""

    reservation: Reservation
    end: datetime | None


@dataclass
class StepPreview:
    """The bookings that a step would shorten or displace on one machine, or why it is refused."""

    machine: Machine
    refusal: str = ""
    new_ends: dict[int, datetime | None] = field(default_factory=dict)  # by id of the booking; None: displaced


def previews(step: MachineStep, actor: User, chosen: Collection[Machine], form: forms.Form) -> list[StepPreview]:
    return [_preview(step, actor, machine, form) for machine in chosen]


def _preview(step: MachineStep, actor: User, machine: Machine, form: forms.Form) -> StepPreview:
    try:
        return StepPreview(machine, new_ends=would_lose(partial(step.call, actor, machine, form, False)))
    except Refused as refusal:
        return StepPreview(machine, refusal=refusal.message)


def losing_bookings(new_ends: Mapping[int, datetime | None]) -> list[LosingBooking]:
    """Return these reservations with their owners and machines, as the pages list them."""
    rows = Reservation.objects.filter(pk__in=new_ends).select_related("owner").prefetch_related("lines__machine")
    return [LosingBooking(row, new_ends[row.pk]) for row in rows.order_by("start", "pk")]


def all_new_ends(step_previews: Collection[StepPreview]) -> dict[int, datetime | None]:
    """Return the new ends of all previews together.

    A booking of several machines that each lose time is shortened to the earliest end.
    """
    ends: dict[int, datetime | None] = {}
    for preview in step_previews:
        for pk, end in preview.new_ends.items():
            other = ends.get(pk, end)
            ends[pk] = min(end, other) if end and other else None
    return ends


class StepResult(NamedTuple):
    machine: Machine
    refusal: Refused | None


def carry_out(
    step: MachineStep, actor: User, chosen: Collection[Machine], form: forms.Form, confirm: Confirmed, key: str
) -> list[StepResult]:
    """Take the step on each machine by itself: a refusal on one does not undo the others."""
    return [StepResult(machine, _refusal(step, actor, machine, form, confirm, key)) for machine in chosen]


def _refusal(
    step: MachineStep, actor: User, machine: Machine, form: forms.Form, confirm: Confirmed, key: str
) -> Refused | None:
    try:
        step.call(actor, machine, form, confirm, key)
    except Refused as refusal:
        return refusal
    return None
