"""The data of the timeline: every machine against a day, a week or a month.

It is read in a constant number of queries. What is free now is read for every machine. The rows come in parts, and only
the parts asked for are read. The result holds values to draw and no markup; names that the viewer may not see are not
in it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.utils import dateformat, timezone

from accounts.models import User
from farm.models import Machine
from farm.queries.occupancy import profiles
from farm.rules.availability import Share
from farm.rules.permissions import ViewerPermissions
from farm.timeline import geometry
from farm.timeline.axis import Axis, axis
from farm.timeline.booked import read_booked, read_closures
from farm.timeline.date_range import Span
from farm.timeline.geometry import Window
from farm.timeline.groups import ROWS_AT_ONCE, TimelinePart, count_free, groups_of, mark_parts_to_read, parts_of
from farm.timeline.rows import MachineBookings, TimelineRow, machine_row
from farm.timeline.texts import TimelineTexts

MOMENT = timedelta(minutes=1)


@dataclass
class Timeline:
    span: Span
    window: Window
    axis: Axis
    now: datetime
    now_x: str  # "" when now is not in it
    parts: list[TimelinePart]
    machines: int
    free_gpus: int
    all_gpus: int
    shared: dict[str, Any] = field(default_factory=dict)  # what is drawn once and repeated in many rows

    @cached_property
    def spoken(self) -> str:
        return self.span.spoken

    @property
    def clock(self) -> str:
        """The time now on the reader's clock, such as `09:05`."""
        return f"{timezone.localtime(self.now):%H:%M}"

    @property
    def now_label(self) -> tuple[str, str]:
        """x of the left edge and of the middle of the label of the time now, in pixels from the line for now."""
        middle = geometry.label_shift(self.window.share(self.now))
        return geometry.pixels(middle - geometry.LABEL / 2), geometry.pixels(middle)

    @cached_property
    def axis_id(self) -> str:
        """The beginning of the ids in templates/farm/fragments/axis.html."""
        return f"x{self.span.first:%y%m%d}{self.span.range[0]}"

    @property
    def offsets(self) -> str:
        """The hours from UTC at both edges of the window, such as `+0100 +0200`."""
        return " ".join(dateformat.format(timezone.localtime(edge), "O") for edge in self.window[:2])

    @property
    def read_parts(self) -> list[TimelinePart]:
        return [part for part in self.parts if part.is_read]

    @property
    def changed_heads(self) -> list[TimelinePart]:
        """The parts with the headings of the groups of which rows were read."""
        groups = [part.group for part in self.read_parts]
        return [part for part in self.parts if part.opens and part.group in groups]

    @property
    def rows(self) -> list[TimelineRow]:
        return [row for part in self.parts for row in part.rows]


def load_timeline(
    viewer: User,
    span: Span,
    machines: Sequence[Machine],
    now: datetime,
    *,
    at_least: int = 0,
    parts: Collection[int] = (),
    only: int | None = None,
    rows_of: Collection[int] | None = None,
    wide: int = geometry.PLOT_WIDTH,
) -> Timeline:
    """Return the timeline of `span` for the machines with `at_least` so many GPUs free now.

    Reads the parts numbered in `parts`, and as many of the first parts as are sent at once; with `only`, that part
    alone; with `rows_of`, the rows of the machines with these ids alone. `wide` is about how many pixels wide a row is
    drawn.
    """
    window = span.window(wide)
    # A part alone shows no counts of all machines.
    free = _free_now(machines, now) if only is None or at_least else {}
    chosen = [
        machine for machine in machines if not at_least or (machine.is_open and free[machine.pk].gpus >= at_least)
    ]
    timeline = Timeline(
        span=span,
        window=window,
        axis=axis(span, window, now),
        now=now,
        now_x=window.x(now) if window.start <= now < window.end else "",
        parts=parts_of(groups_of(chosen), ROWS_AT_ONCE[span.range]),
        machines=len(chosen),
        free_gpus=sum(max(0, free[machine.pk].gpus) for machine in chosen if machine.is_open) if free else 0,
        all_gpus=sum(machine.gpu_count for machine in chosen),
    )
    if rows_of is not None:
        for part in timeline.parts:
            part.is_read = any(machine.pk in rows_of for machine in part.machines)
    elif only is None:
        mark_parts_to_read(timeline.parts, parts, ROWS_AT_ONCE[span.range])
    else:
        mark_parts_to_read(timeline.parts, [only], 0)
    sent = timeline.parts if only is None else timeline.read_parts
    free = free or _free_now([machine for part in sent for machine in part.group.machines], now)
    for part in sent:
        if part.opens:
            part.group.free = count_free(part.group.machines, free)
    _read_rows(timeline, viewer, free, rows_of)
    return timeline


def _free_now(machines: Sequence[Machine], now: datetime) -> dict[int, Share]:
    return {pk: steps[0].free for pk, steps in profiles(machines, now, now + MOMENT).items()}


def _read_rows(
    timeline: Timeline, viewer: User, free: dict[int, Share], rows_of: Collection[int] | None = None
) -> None:
    """Fill the rows of the marked parts, in three queries however many there are.

    With `rows_of`, only the machines with these ids.
    """
    window, now = timeline.window, timeline.now
    machines_of = {
        part.number: [machine for machine in part.machines if rows_of is None or machine.pk in rows_of]
        for part in timeline.read_parts
    }
    machines = [machine for members in machines_of.values() for machine in members]
    booked = read_booked(machines, window)
    closures = read_closures(machines, min(window.start, now), max(window.end, now + MOMENT))
    sight, texts = ViewerPermissions(viewer), TimelineTexts()
    for part in timeline.read_parts:
        for machine in machines_of[part.number]:
            bookings = MachineBookings(booked[machine.pk], closures[machine.pk], free[machine.pk])
            part.rows.append(machine_row(machine, bookings, window, timeline.axis, now, sight, texts))
