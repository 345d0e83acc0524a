"""What a form asks for, drawn in small on the week of its machines, with whether it fits in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from farm.forms.lines import LineForm
from farm.models import Machine
from farm.queries import slot_search
from farm.queries.alternatives import SEARCH
from farm.queries.slot_search import Wish
from farm.rules import limits, wording
from farm.rules.availability import Share
from farm.timeline import read_model
from farm.timeline.date_range import Span
from farm.timeline.geometry import TOP, pixels
from farm.timeline.rows import Row
from kernel.errors import Refused
from kernel.forms.local_datetime import LocalDateTimeField

NARROW = 480  # pixels of the plot inside the form's column
MOST = 3  # machines drawn


@dataclass
class Drawn:
    """A row of a machine's week, and the question as a rectangle in it."""

    row: Any
    ask: dict[str, str]


@dataclass
class Preview:
    week: Any
    rows: list[Drawn]
    fits: bool
    sentence: str


def draw(
    viewer: Any, parts: Sequence[tuple[Machine, Share]], start: datetime, end: datetime, day: date
) -> tuple[Any, list[Drawn]]:
    """The week that holds `day`, of these machines, with the span outlined as high as the share."""
    machines = [machine for machine, _need in parts]
    week = read_model.read(viewer, Span.around(day), machines, timezone.now(), wide=NARROW)
    rows = {row.machine.pk: row for row in week.rows}
    x, width = week.window.x(start), week.window.width(start, end)
    return week, [
        Drawn(
            rows[machine.pk],
            {"x": x, "width": width, "y": str(TOP), "height": pixels(max(8, _height(rows[machine.pk], need)))},
        )
        for machine, need in parts
    ]


def _height(row: Row, need: Share) -> float:
    machine = row.machine
    if machine.gpu_count:
        return float(row.room) * min(1, need.gpus / machine.gpu_count)
    return float(row.room) * min(1, need.memory_gb / max(1, machine.memory_gb))


def of(viewer: Any, data: Mapping[str, Any], machines: Sequence[Machine], now: datetime) -> Preview | None:
    """The preview of a form's values as they stand; None while they do not make a question yet."""
    asked = _asked(data, machines)
    if asked is None:
        return None
    wishes, start, end = asked
    try:
        limits.check_span(start, end, now)
    except Refused:
        return None
    choice = slot_search.choose(wishes, start, end)
    if choice is None:
        return None
    parts = [
        (machine, wish.need)
        for machine, wish in zip(choice.machines, wishes, strict=True)
        if wish.machine or choice.fits
    ]
    week, rows = draw(viewer, parts[:MOST], start, end, timezone.localtime(start).date())
    return Preview(week, rows, choice.fits, _sentence(choice, wishes, start, end, now))


def _asked(data: Mapping[str, Any], machines: Sequence[Machine]) -> tuple[list[Wish], datetime, datetime] | None:
    lines = LineForm.several(data, machines, wishes=True)
    if not all(line.is_valid() for line in lines):
        return None
    hours = data.get("length") or ""
    try:
        start = LocalDateTimeField().clean(data.get("start"))
        end = start + timedelta(hours=int(hours)) if hours else LocalDateTimeField().clean(data.get("end"))
        return [line.wish for line in lines], start, end
    except (ValidationError, OverflowError, ValueError):
        return None


def _sentence(choice: slot_search.Choice, wishes: Sequence[Wish], start: datetime, end: datetime, now: datetime) -> str:
    length = end - start
    if choice.fits:
        hours = sum(wish.need.gpus for wish in wishes) * length.total_seconds() / 3600
        words = {
            "machines": ", ".join(row.name for row in choice.machines),
            "length": wording.duration(length),
            "hours": wording.hours(hours),
        }
        return _("Fits on %(machines)s for %(length)s, %(hours)s GPU-hours.") % words
    after = max(start, now)
    first = slot_search.earliest_together(wishes, length, after, after + length + SEARCH)
    if first is None:
        return _("Does not fit then, nor at any time in the next 30 days.")
    when = wording.span(first.start, first.end)
    names = ", ".join(row.name for row in first.machines)
    return _("Does not fit then. The first time that does: %(when)s, on %(machines)s.") % {
        "when": when,
        "machines": names,
    }
