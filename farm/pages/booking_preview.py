"""The preview of a booking form: its span on its machines' week, and whether it fits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from farm.forms.allocations import bound_forms
from farm.models import Machine
from farm.queries import slot_search
from farm.queries.alternatives import SEARCH
from farm.queries.slot_search import MachineRequest
from farm.rules import limits, wording
from farm.rules.availability import Share
from farm.timeline.date_range import Span
from farm.timeline.geometry import TOP, pixels
from farm.timeline.rows import TimelineRow
from farm.timeline.timeline_data import Timeline, load_timeline
from kernel.errors import Refused
from kernel.forms.local_datetime import LocalDateTimeField

NARROW = 480  # pixels of the plot inside the form's column
MOST = 3  # machines drawn


@dataclass
class PreviewRow:
    """A machine's row of the week, and the span asked for as a rectangle in it."""

    row: TimelineRow
    ask: dict[str, str]


@dataclass
class BookingPreview:
    week: Timeline
    rows: list[PreviewRow]
    fits: bool
    sentence: str
    notes: list[str]  # on times that a clock change repeats or skips


def draw_week(
    viewer: User, needs: Sequence[tuple[Machine, Share]], start: datetime, end: datetime, day: date
) -> tuple[Timeline, list[PreviewRow]]:
    """Return the week that holds `day`, and a row for each machine.

    In the row, the span is outlined as high as the need.
    """
    machines = [machine for machine, _need in needs]
    week = load_timeline(viewer, Span.around(day), machines, timezone.now(), wide=NARROW)
    rows = {row.machine.pk: row for row in week.rows}
    x, width = week.window.x(start), week.window.width(start, end)
    return week, [
        PreviewRow(
            rows[machine.pk],
            {"x": x, "width": width, "y": str(TOP), "height": pixels(max(8, _height(rows[machine.pk], need)))},
        )
        for machine, need in needs
    ]


def _height(row: TimelineRow, need: Share) -> float:
    """Return how many pixels high the need is drawn in a row."""
    machine = row.machine
    part: float
    if machine.gpu_count:
        part = need.gpus / machine.gpu_count
    else:
        part = need.memory_gb / max(1, machine.memory_gb)
    return float(row.room) * min(1.0, part)


def preview_of(
    viewer: User, data: Mapping[str, Any], machines: Sequence[Machine], now: datetime
) -> BookingPreview | None:
    """Return the preview of a form's data.

    Return None while the data is incomplete or breaks a rule about its span.
    """
    request = _read_request(data, machines)
    if request is None:
        return None
    machine_requests, start, end, notes = request
    try:
        limits.check_span(start, end, now)
    except Refused:
        return None
    choice = slot_search.choose_machines(machine_requests, start, end)
    if choice is None:
        return None
    needs = [
        (machine, machine_request.need_on(machine))
        for machine, machine_request in zip(choice.machines, machine_requests, strict=True)
        if machine_request.machine or choice.fits
    ]
    week, rows = draw_week(viewer, needs[:MOST], start, end, timezone.localtime(start).date())
    return BookingPreview(week, rows, choice.fits, _sentence(choice, machine_requests, start, end, now), notes)


def _read_request(
    data: Mapping[str, Any], machines: Sequence[Machine]
) -> tuple[list[MachineRequest], datetime, datetime, list[str]] | None:
    """Return the requested machines, start and end of a form's data, and notes on clock changes.

    Return None where one of them is missing or invalid.
    """
    forms = bound_forms(data, machines, any_machine=True)
    if not all(form.is_valid() for form in forms):
        return None
    hours = data.get("length") or ""
    try:
        fields = LocalDateTimeField(), LocalDateTimeField()
        start = fields[0].clean(data.get("start"))
        end = start + timedelta(hours=int(hours)) if hours else fields[1].clean(data.get("end"))
        notes = [field.note for field in fields if field.note]
        return [form.machine_request for form in forms], start, end, notes
    except (ValidationError, OverflowError, ValueError):
        return None


def _sentence(
    choice: slot_search.MachineChoice,
    machine_requests: Sequence[MachineRequest],
    start: datetime,
    end: datetime,
    now: datetime,
) -> str:
    length = end - start
    if choice.fits:
        gpus = sum(machine_request.gpus for machine_request in machine_requests)
        words = {
            "machines": ", ".join(machine.shown_name for machine in choice.machines),
            "length": wording.duration(length),
            "hours": wording.hours(gpus * length.total_seconds() / 3600),
            "shares": " + ".join(
                wording.share_in_sentence(*machine_request.need_on(machine))
                for machine, machine_request in zip(choice.machines, machine_requests, strict=True)
            ),
        }
        return _("Fits on %(machines)s for %(length)s: %(shares)s, %(hours)s GPU-hours.") % words
    after = max(start, now)
    slot = slot_search.earliest_joint_slot(machine_requests, length, after, after + length + SEARCH)
    if slot is None:
        return _("Does not fit then, nor at any time in the next 30 days.")
    words = {
        "when": wording.span(slot.start, slot.end),
        "machines": ", ".join(machine.shown_name for machine in slot.machines),
    }
    return _("Does not fit then. The first time that does: %(when)s, on %(machines)s.") % words
