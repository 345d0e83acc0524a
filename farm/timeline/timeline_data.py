"""The data of the timeline: every machine against a day, a week or a month.

It is read in a constant number of queries. What is free now is read for every machine. The rows come in parts, and only
the parts asked for are read. The result holds values to draw and no markup; names that the viewer may not see are not
in it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.utils import dateformat, timezone
from django.utils.translation import gettext as _

from accounts.models import User
from farm.models import Machine
from farm.queries.occupancy import capacity, profiles
from farm.rules.availability import Share
from farm.rules.permissions import ViewerPermissions
from farm.timeline import geometry
from farm.timeline.axis import Axis, axis
from farm.timeline.booked import read_booked, read_closures
from farm.timeline.date_range import Range, Span
from farm.timeline.geometry import Window
from farm.timeline.rows import MachineBookings, TimelineRow, machine_row
from farm.timeline.texts import TimelineTexts

MOMENT = timedelta(minutes=1)
# How many rows are read and sent at once. A bar costs 0.05 ms and 0.3 kB, and a month has more of them.
AT_ONCE = {Range.DAY: 32, Range.WEEK: 24, Range.MONTH: 12}
LINE = 1  # pixels between two rows
WIDER = 9999  # pixels: no drawing is as wide; what is beyond its edge is not seen


@dataclass
class MachineGroup:
    """Machines of one GPU model in one room."""

    title: str
    place: str
    machines: list[Machine]
    total: int
    unit: str
    free: int = 0  # counted for the groups that are sent


@dataclass
class TimelinePart:
    """Some rows of a group, fetched together.

    The first part of a group has the group's heading.
    """

    number: int
    group: MachineGroup
    machines: list[Machine]
    opens: bool  # whether it is the first part of its group
    is_read: bool = False
    rows: list[TimelineRow] = field(default_factory=list)

    @property
    def shapes(self) -> list[tuple[int, int]]:
        """y and height in pixels of each machine, for the placeholder of unread rows."""
        shapes, y = [], geometry.TOP
        for machine in self.machines:
            quantity = machine.gpu_count or 2
            shapes.append((y, geometry.room_height(quantity)))
            y += geometry.row_height(quantity) + LINE
        return shapes

    @property
    def room_path(self) -> str:
        """The rectangles of `shapes` as the path of an SVG, wider than any screen."""
        return "".join(f"M0 {y}h{WIDER}v{height}H0z" for y, height in self.shapes)

    @property
    def capacity_path(self) -> str:
        """The upper edges of `shapes` as the path of an SVG."""
        return "".join(f"M0 {y}h{WIDER}" for y, _height in self.shapes)

    @property
    def height(self) -> int:
        """Pixels that the rows take when they are drawn, without the group's heading."""
        return sum(geometry.row_height(machine.gpu_count or 2) + LINE for machine in self.machines) - LINE


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
    def now_label(self) -> tuple[str, str]:
        """x of the left edge and of the middle of the label of the time now, in pixels from the line for now."""
        middle = geometry.label_shift(self.window.share(self.now))
        return geometry.pixels(middle - geometry.LABEL / 2), geometry.pixels(middle)

    @cached_property
    def axis_id(self) -> str:
        """The beginning of the ids in templates/farm/_axis.html."""
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
        parts=_parts(_groups(chosen), AT_ONCE[span.range]),
        machines=len(chosen),
        free_gpus=sum(max(0, free[machine.pk].gpus) for machine in chosen if machine.is_open) if free else 0,
        all_gpus=sum(machine.gpu_count for machine in chosen),
    )
    if rows_of is not None:
        for part in timeline.parts:
            part.is_read = any(machine.pk in rows_of for machine in part.machines)
    elif only is None:
        _mark_parts_to_read(timeline.parts, parts, AT_ONCE[span.range])
    else:
        _mark_parts_to_read(timeline.parts, [only], 0)
    sent = timeline.parts if only is None else timeline.read_parts
    free = free or _free_now([machine for part in sent for machine in part.group.machines], now)
    for part in sent:
        if part.opens:
            part.group.free = _count_free(part.group.machines, free)
    _read_rows(timeline, viewer, free, rows_of)
    return timeline


def _free_now(machines: Sequence[Machine], now: datetime) -> dict[int, Share]:
    return {pk: steps[0].free for pk, steps in profiles(machines, now, now + MOMENT).items()}


def _count_free(machines: list[Machine], free: dict[int, Share]) -> int:
    side = 0 if machines[0].gpu_count else 1
    return sum(max(0, free[machine.pk][side]) for machine in machines if machine.is_open)


def _mark_parts_to_read(parts: list[TimelinePart], numbers: Collection[int], at_once: int) -> None:
    """Mark the parts with these numbers, then the first others up to `at_once` rows.

    At least one part is marked, unless `at_once` is 0.
    """
    for part in parts:
        part.is_read = part.number in numbers
    rows = sum(len(part.machines) for part in parts if part.is_read)
    for part in parts:
        if part.is_read or not at_once:
            continue
        if rows and rows + len(part.machines) > at_once:
            break
        part.is_read = True
        rows += len(part.machines)


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


def _groups(machines: Iterable[Machine]) -> list[MachineGroup]:
    """Group by GPU model and room; machines without GPUs come last."""
    by_kind: dict[tuple[bool, bool, str, str], list[Machine]] = defaultdict(list)
    for machine in machines:
        by_kind[(not machine.gpu_count, not machine.gpu_model, machine.gpu_model, machine.location)].append(machine)
    groups = []
    for (has_no_gpu, _nameless, model, place), members in sorted(by_kind.items(), key=lambda item: item[0]):
        side = 1 if has_no_gpu else 0
        groups.append(
            MachineGroup(
                title=_("No GPU") if has_no_gpu else model or _("GPU"),
                place=place,
                machines=members,
                total=sum(capacity(machine)[side] for machine in members),
                unit=_("GB free now") if has_no_gpu else _("GPU free now"),
            )
        )
    return groups


def _parts(groups: Iterable[MachineGroup], at_once: int) -> list[TimelinePart]:
    parts: list[TimelinePart] = []
    for group in groups:
        for first in range(0, len(group.machines), at_once):
            machines = group.machines[first : first + at_once]
            parts.append(TimelinePart(len(parts) + 1, group, machines, opens=first == 0))
    return parts
