"""Steps of machines from the admin: what it would displace is shown first, then the verb is called for each machine."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

from django import forms
from django.utils.translation import gettext_lazy as _

from farm.admin.forms import CapacityForm, ClosureForm, NoFields
from farm.domain import machines
from farm.domain.displacement import Confirmed, would_displace
from farm.models import Machine, Reservation
from kernel.errors import Refused


class Step(NamedTuple):
    title: Any
    button: Any
    done: Any  # said of each machine, by its %(name)s
    explained: Any
    form: type[forms.Form]
    verb: Callable[..., object]
    fixed: dict[str, Any] = {}
    one_only: bool = False

    def call(self, actor: Any, machine: Machine, form: Any, confirm: Confirmed) -> object:
        values = form.values() if hasattr(form, "values") else {}
        return self.verb(actor=actor, machine_id=machine.pk, confirm=confirm, **values, **self.fixed)


STEPS = {
    "close": Step(
        _("Close for maintenance"),
        _("Close for maintenance"),
        _("Closed as asked: %(name)s."),
        _("While a machine is closed nobody can book what is closed of it."),
        ClosureForm,
        machines.close,
    ),
    "capacity": Step(
        _("Change the capacity"),
        _("Change the capacity"),
        _("Capacity changed: %(name)s."),
        _("From now on; what is over stays on record."),
        CapacityForm,
        machines.change_machine,
        one_only=True,
    ),
    "drain": Step(
        _("Drain"),
        _("Drain"),
        _("Takes nothing new: %(name)s."),
        _("A draining machine keeps what is booked and takes nothing new."),
        NoFields,
        machines.change_machine,
        {"state": Machine.State.DRAINING},
    ),
    "open": Step(
        _("Open for bookings"),
        _("Open"),
        _("Open for bookings: %(name)s."),
        _("An open machine can be booked by everybody."),
        NoFields,
        machines.change_machine,
        {"state": Machine.State.OPEN},
    ),
    "retire": Step(
        _("Retire"),
        _("Retire"),
        _("Retired: %(name)s."),
        _("A retired machine leaves the farm; its history stays."),
        NoFields,
        machines.retire,
    ),
}


@dataclass
class Preview:
    """What the step would do to one machine."""

    machine: Machine
    refusal: str = ""
    ids: list[int] = field(default_factory=list)
    displaced: list[Reservation] = field(default_factory=list)


def previews(step: Step, actor: Any, chosen: Collection[Machine], form: forms.Form) -> list[Preview]:
    found = [_preview(step, actor, machine, form) for machine in chosen]
    rows = bookings({pk for preview in found for pk in preview.ids})
    for preview in found:
        preview.displaced = [row for row in rows if row.pk in preview.ids]
    return found


def _preview(step: Step, actor: Any, machine: Machine, form: forms.Form) -> Preview:
    try:
        return Preview(machine, ids=would_displace(partial(step.call, actor, machine, form, False)))
    except Refused as refusal:
        return Preview(machine, refusal=refusal.message)


def bookings(ids: Collection[int]) -> list[Reservation]:
    """Who, when and how much: as the pages list what would be displaced."""
    rows = Reservation.objects.filter(pk__in=ids).select_related("owner").prefetch_related("lines__machine")
    return list(rows.order_by("start", "pk"))


class Result(NamedTuple):
    machine: Machine
    refusal: Refused | None


def carry_out(
    step: Step, actor: Any, chosen: Collection[Machine], form: forms.Form, confirm: Confirmed
) -> list[Result]:
    """Each machine by itself: what is refused to one does not undo the others."""
    return [Result(machine, _refusal(step, actor, machine, form, confirm)) for machine in chosen]


def _refusal(step: Step, actor: Any, machine: Machine, form: forms.Form, confirm: Confirmed) -> Refused | None:
    try:
        step.call(actor, machine, form, confirm)
    except Refused as refusal:
        return refusal
    return None
