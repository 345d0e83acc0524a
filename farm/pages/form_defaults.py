"""What the booking form begins with: the address, another booking, or the next half hour."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.utils import timezone

from farm.forms import lines
from farm.models import Machine, Reservation
from farm.queries import slot_search
from farm.queries.alternatives import SEARCH
from farm.queries.slot_search import Wish
from farm.rules import limits, wording
from farm.rules.permissions import Sight
from kernel.forms.local_datetime import LocalDateTimeField

STEP = timedelta(minutes=30)
LENGTH = timedelta(hours=2)
FIELDS = ("start", "end", "length", "project", "purpose", "owner")


class Typed(NamedTuple):
    """Values of a booking form that nobody has judged."""

    values: dict[str, Any]
    lines: list[dict[str, Any]]
    found: dict[str, str] | None = None  # the machines and the time that were looked for, in words

    def as_data(self) -> dict[str, Any]:
        """The same as a form would send them."""
        named = {
            lines.name_of(index, field): value for index, row in enumerate(self.lines) for field, value in row.items()
        }
        return {**self.values, **named, "lines": len(self.lines)}


def typed(data: Mapping[str, Any]) -> Typed:
    return Typed({name: data.get(name, "") for name in FIELDS}, lines.raw(data))


def asked(query: Mapping[str, Any], person: Any, machines: Sequence[Machine]) -> Typed:
    """What the address says (`like=<pk>`, a machine, shares, times, a purpose), else one GPU in the next half hour."""
    before = _like(query.get("like", ""), person)
    given = {name: query[name] for name in ("project", "purpose", "owner") if query.get(name)}
    values = {**(before.values if before else {}), **given}
    start, end = (_moment(query.get(name)) for name in ("start", "end"))
    length = values["end"] - values["start"] if before else LENGTH
    values["start"] = start or values.get("start") or next_half_hour()
    values["end"] = end if end and end > values["start"] else values["start"] + length
    rows = before.lines if before and not query.get("resource") else _lines(query, machines)
    return _at_the_earliest(Typed(values, rows), machines) if query.get("earliest") else Typed(values, rows)


def _at_the_earliest(typed: Typed, machines: Sequence[Machine]) -> Typed:
    fit = _first_of(typed.lines, typed.values, machines)
    if fit is None:
        return typed
    full = filled(typed, fit)
    if all(row.get("resource") for row in typed.lines):
        return full
    return full._replace(lines=typed.lines, found={"when": wording.span(fit.start, fit.end)})  # any stays any


def filled(typed: Typed, fit: slot_search.Together) -> Typed:
    """The same values on the machines and at the time that were found."""
    rows = [{**row, "resource": machine.pk} for row, machine in zip(typed.lines, fit.machines, strict=True)]
    names = ", ".join(machine.name for machine in fit.machines)
    words = {"machine": names, "when": wording.span(fit.start, fit.end)}
    return Typed({**typed.values, "start": fit.start, "end": fit.end, "length": ""}, rows, words)


def next_half_hour() -> datetime:
    """On the reader's clock; counted in UTC, where an hour that comes twice is two."""
    now = timezone.now().replace(second=0, microsecond=0)
    return now + STEP - timedelta(minutes=timezone.localtime(now).minute % 30)


def _moment(text: Any) -> datetime | None:
    try:
        return LocalDateTimeField(required=False).clean(text or "")  # type: ignore[no-any-return]
    except ValidationError:
        return None


def _lines(query: Mapping[str, Any], machines: Sequence[Machine]) -> list[dict[str, Any]]:
    """With the memory that goes with the GPUs where the address says none."""
    rows = lines.raw(query)
    by_pk = {str(machine.pk): machine for machine in machines}
    for row in rows:
        machine = by_pk.get(str(row.get("resource", "")))
        row.setdefault("gpus", 0 if machine and not machine.gpu_count else 1)
        gpus = str(row["gpus"])
        if "memory_gb" not in row:
            count = int(gpus) if gpus.isascii() and gpus.isdigit() and len(gpus) < 6 else 0
            row["memory_gb"] = slot_search.usual_memory([machine] if machine else machines, count)
            if machine and not machine.gpu_count:
                row["memory_gb"] = max(1, machine.memory_gb // 8)
    return rows


def _like(number: str, person: Any) -> Typed | None:
    """The same machines and shares as that booking; its time where that is still to come, else as long from now."""
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        return None
    found = Reservation.objects.filter(pk=int(number)).prefetch_related("lines__machine").first()
    if found is None:
        return None
    start = found.start if found.start > timezone.now() else next_half_hour()
    values: dict[str, Any] = {"start": start, "end": start + found.duration}
    if Sight(person).sees_name(found):
        values |= {"purpose": found.purpose, "project": found.project_id or ""}
    return Typed(values, rows_of(found) or [{"gpus": 1, "memory_gb": 0}])


def rows_of(reservation: Reservation) -> list[dict[str, Any]]:
    return [
        {"resource": line.machine_id, "gpus": line.gpus, "memory_gb": line.memory_gb}
        for line in reservation.lines.all()
    ]


def _first_of(
    rows: list[dict[str, Any]], values: dict[str, Any], machines: Sequence[Machine]
) -> slot_search.Together | None:
    forms = lines.LineForm.several(Typed({}, rows).as_data(), machines, wishes=True)
    if not all(form.is_valid() for form in forms):
        return None
    return first_fit([form.wish for form in forms], values["end"] - values["start"])


def first_fit(wishes: Sequence[Wish], length: timedelta) -> slot_search.Together | None:
    """The first time from the next minute on at which all of these fit for so long."""
    now = timezone.now().replace(second=0, microsecond=0) + timedelta(minutes=1)
    length = min(max(length, timedelta(minutes=1)), limits.max_span())
    return slot_search.earliest_together(wishes, length, now, now + SEARCH + length)
