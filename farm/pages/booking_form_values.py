"""The initial values of the booking form: from the address or from another booking."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import User
from farm.forms.allocations import bound_forms, name_of, row_of, typed_rows
from farm.models import Machine, Reservation
from farm.queries import slot_search
from farm.queries.alternatives import SEARCH
from farm.queries.slot_search import MachineRequest
from farm.rules import limits, wording
from farm.rules.permissions import ViewerPermissions
from kernel.forms.local_datetime import LocalDateTimeField
from kernel.web.query_string import ID_DIGITS, whole_number

STEP = timedelta(minutes=30)
LENGTH = timedelta(hours=2)
FIELDS = ("start", "end", "length", "project", "purpose", "owner")


class FormValues(NamedTuple):
    """Values of a booking form that are not validated yet; `rows` are those of its machines."""

    values: dict[str, Any]
    rows: list[dict[str, Any]]
    slot: dict[str, str] | None = None  # the earliest slot, filled in: its machine ("" where any) and time, in words

    def as_data(self) -> dict[str, Any]:
        """Return the values as the form would send them."""
        row_fields = {
            name_of(index, field): value for index, row in enumerate(self.rows) for field, value in row.items()
        }
        return {**self.values, **row_fields, "lines": len(self.rows)}


def values_as_typed(data: Mapping[str, Any]) -> FormValues:
    return FormValues({name: data.get(name, "") for name in FIELDS}, typed_rows(data))


def values_from_query(query: Mapping[str, Any], person: User, machines: Sequence[Machine]) -> FormValues:
    """Return what the address asks for.

    The default is one GPU for two hours from the next half hour on. `like=<pk>` copies a booking;
    `resource`, `gpus`, `memory_gb`, `start`, `end`, `project`, `purpose` and `owner` fill their field; `earliest` looks
    for the earliest time.
    """
    copied = _values_like(query.get("like", ""), person)
    named = {name: query[name] for name in ("project", "purpose", "owner") if query.get(name)}
    values = {**(copied.values if copied else {}), **named}
    start, end = (_moment(query.get(name)) for name in ("start", "end"))
    length = values["end"] - values["start"] if copied else LENGTH
    values["start"] = start or values.get("start") or next_half_hour()
    values["end"] = end if end and end > values["start"] else values["start"] + length
    rows = copied.rows if copied and not query.get("resource") else _rows_from_query(query, machines)
    form_values = FormValues(values, rows)
    return _at_the_earliest(form_values, machines) if query.get("earliest") else form_values


def _at_the_earliest(form_values: FormValues, machines: Sequence[Machine]) -> FormValues:
    slot = _earliest_slot_of(form_values, machines)
    if slot is None:
        return form_values
    filled = with_slot(form_values, slot)
    if all(row.get("resource") for row in form_values.rows):
        return filled
    # The person left the machine open: only the time is filled in.
    return filled._replace(rows=form_values.rows, slot={"when": wording.span(slot.start, slot.end)})


def with_slot(form_values: FormValues, slot: slot_search.JointSlot) -> FormValues:
    """Return the same values on the machines and at the time of `slot`."""
    rows = [{**row, "resource": machine.pk} for row, machine in zip(form_values.rows, slot.machines, strict=True)]
    names = ", ".join(machine.shown_name for machine in slot.machines)
    words = {"machine": names, "when": wording.span(slot.start, slot.end)}
    return FormValues({**form_values.values, "start": slot.start, "end": slot.end, "length": ""}, rows, words)


def next_half_hour() -> datetime:
    """Return the next full or half hour of the reader's clock.

    It is counted in UTC, where an hour that a clock change repeats is two hours.
    """
    now = timezone.now().replace(second=0, microsecond=0)
    return now + STEP - timedelta(minutes=timezone.localtime(now).minute % 30)


def _moment(text: Any) -> datetime | None:
    try:
        moment: datetime | None = LocalDateTimeField(required=False).clean(text or "")
    except ValidationError:
        return None
    return moment


def _rows_from_query(query: Mapping[str, Any], machines: Sequence[Machine]) -> list[dict[str, Any]]:
    """Return the machines that the address names.

    Where it names no memory, the field stays empty: the memory goes with the GPUs. A machine without GPUs gets a part.
    """
    rows = typed_rows(query)
    by_pk = {str(machine.pk): machine for machine in machines}
    for row in rows:
        machine = by_pk.get(str(row.get("resource", "")))
        row.setdefault("gpus", 0 if machine and not machine.gpu_count else 1)
        if "memory_gb" not in row and machine and not machine.gpu_count:
            row["memory_gb"] = max(1, machine.memory_gb // 8)
    return rows


def _values_like(reservation_id: str, person: User) -> FormValues | None:
    """Return the values of that booking; None where there is none.

    Its time is kept where it is still to come, else it begins at the next half hour. Purpose and project are copied
    only where the person may see them.
    """
    pk = whole_number(reservation_id, ID_DIGITS)
    if pk is None:
        return None
    reservation = Reservation.objects.filter(pk=pk).prefetch_related("lines__machine").first()
    if reservation is None:
        return None
    start = reservation.start if reservation.start > timezone.now() else next_half_hour()
    values: dict[str, Any] = {"start": start, "end": start + reservation.duration}
    if ViewerPermissions(person).sees_name(reservation):
        values |= {"purpose": reservation.purpose, "project": reservation.project_id or ""}
    return FormValues(values, rows_of(reservation) or [{"gpus": 1}])


def rows_of(reservation: Reservation) -> list[dict[str, Any]]:
    return [
        row_of(allocation.machine_id, allocation.gpus, allocation.memory_gb) for allocation in reservation.lines.all()
    ]


def _earliest_slot_of(form_values: FormValues, machines: Sequence[Machine]) -> slot_search.JointSlot | None:
    rows_as_data = FormValues({}, form_values.rows).as_data()
    forms = bound_forms(rows_as_data, machines, any_machine=True)
    if not all(form.is_valid() for form in forms):
        return None
    length = form_values.values["end"] - form_values.values["start"]
    return earliest_slot([form.machine_request for form in forms], length)


def earliest_slot(machine_requests: Sequence[MachineRequest], length: timedelta) -> slot_search.JointSlot | None:
    """Return the first slot, from the next minute on, in which all requests fit for that long.

    Return None if there is no such slot.
    """
    now = timezone.now().replace(second=0, microsecond=0) + timedelta(minutes=1)
    length = min(max(length, timedelta(minutes=1)), limits.max_span())
    return slot_search.earliest_joint_slot(machine_requests, length, now, now + SEARCH + length)
