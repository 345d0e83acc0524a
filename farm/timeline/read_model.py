"""The read model of the timeline: every machine against a day, a week or a month, in a constant number of queries.

What is free now is read of every machine; what is drawn comes in parts, and of these only the ones asked for are read.
It gives values to draw, no markup; names that the viewer may not see are not in it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from farm.models import Allocation, Closure, Machine
from farm.queries.occupancy import capacity, profiles
from farm.rules.availability import Share
from farm.rules.permissions import ViewerPermissions
from farm.timeline import geometry
from farm.timeline.axis import Axis, axis
from farm.timeline.date_range import Range, Span
from farm.timeline.geometry import Window
from farm.timeline.rows import Held, Row, row_of

MOMENT = timedelta(minutes=1)
# How many rows are read and sent at once. A bar costs half a millisecond and a kilobyte, and a month has more of them.
AT_ONCE = {Range.DAY: 32, Range.WEEK: 24, Range.MONTH: 12}
LINE = 1  # pixels between two rows


@dataclass
class Group:
    """Machines of one GPU model in one room."""

    title: str
    place: str
    machines: list[Machine]
    free: int
    total: int
    unit: str


@dataclass
class Part:
    """Some rows of a group, fetched together; the first one of a group carries its head."""

    number: int
    group: Group
    machines: list[Machine]
    opens: bool
    is_read: bool = False
    rows: list[Row] = field(default_factory=list)

    @property
    def shapes(self) -> list[tuple[int, int]]:
        """y and height of the room of each row that is to come, in pixels."""
        found, y = [], geometry.TOP
        for machine in self.machines:
            quantity = machine.gpu_count or 2
            found.append((y, geometry.room_height(quantity)))
            y += geometry.row_height(quantity) + LINE
        return found

    @property
    def height(self) -> int:
        """Pixels that the rows take when they are drawn; their head comes on top."""
        return sum(geometry.row_height(machine.gpu_count or 2) + LINE for machine in self.machines) - LINE


@dataclass
class Timeline:
    span: Span
    window: Window
    axis: Axis
    now: datetime
    now_x: str  # "" when now is not in it
    parts: list[Part]
    machines: int
    free_gpus: int
    all_gpus: int

    @property
    def read_parts(self) -> list[Part]:
        return [part for part in self.parts if part.is_read]

    @property
    def rows(self) -> list[Row]:
        return [row for part in self.parts for row in part.rows]


def read(
    viewer: Any,
    span: Span,
    machines: Sequence[Machine],
    now: datetime,
    *,
    at_least: int = 0,
    parts: Collection[int] = (),
    only: int | None = None,
    wide: int = geometry.PLOT_WIDTH,
) -> Timeline:
    """The span over the machines with `at_least` so many GPUs free now.

    Of the parts, those of `parts` are read and as many of the first ones as are sent at once; or `only` one.
    """
    window = span.window(wide)
    free = {pk: steps[0].free for pk, steps in profiles(machines, now, now + MOMENT).items()}
    chosen = [one for one in machines if not at_least or (one.is_open and free[one.pk].gpus >= at_least)]
    found = Timeline(
        span=span,
        window=window,
        axis=axis(span, window, now),
        now=now,
        now_x=window.x(now) if window.start <= now < window.end else "",
        parts=_parts(_groups(chosen, free), AT_ONCE[span.range]),
        machines=len(chosen),
        free_gpus=sum(max(0, free[one.pk].gpus) for one in chosen if one.is_open),
        all_gpus=sum(one.gpu_count for one in chosen),
    )
    if only is None:
        _mark(found.parts, parts, AT_ONCE[span.range])
    else:
        _mark(found.parts, [only], 0)
    _fill(found, viewer, free)
    return found


def _mark(parts: list[Part], asked: Collection[int], at_once: int) -> None:
    """Which parts are read: those asked for, then from the first on up to so many rows, and never none of them all."""
    for part in parts:
        part.is_read = part.number in asked
    rows = sum(len(part.machines) for part in parts if part.is_read)
    for part in parts:
        if part.is_read or not at_once:
            continue
        if rows and rows + len(part.machines) > at_once:
            break
        part.is_read = True
        rows += len(part.machines)


def _fill(timeline: Timeline, viewer: Any, free: dict[int, Share]) -> None:
    """The rows of the parts that are read: three queries, however many."""
    window, now = timeline.window, timeline.now
    machines = [machine for part in timeline.read_parts for machine in part.machines]
    lines = _lines(machines, window)
    closures = _closures(machines, min(window.start, now), max(window.end, now + MOMENT))
    sight = ViewerPermissions(viewer)
    for part in timeline.read_parts:
        for machine in part.machines:
            held = Held(lines[machine.pk], closures[machine.pk], free[machine.pk])
            part.rows.append(row_of(machine, held, window, timeline.axis, now, sight))


def _lines(machines: Iterable[Machine], window: Window) -> dict[int, list[Allocation]]:
    found: dict[int, list[Allocation]] = defaultdict(list)
    rows = Allocation.objects.held().overlapping(window.start, window.end).filter(machine__in=machines)
    for line in rows.select_related("reservation__owner", "reservation__project").order_by("start", "pk"):
        found[line.machine_id].append(line)
    return found


def _closures(machines: Iterable[Machine], start: datetime, end: datetime) -> dict[int, list[Closure]]:
    found: dict[int, list[Closure]] = defaultdict(list)
    for closure in Closure.objects.filter(machine__in=machines, end__gt=start, start__lt=end).order_by("start"):
        found[closure.machine_id].append(closure)
    return found


def _groups(machines: Iterable[Machine], free: dict[int, Share]) -> list[Group]:
    """By GPU model and room, machines without GPUs last."""
    by_kind: dict[tuple[bool, bool, str, str], list[Machine]] = defaultdict(list)
    for machine in machines:
        by_kind[(not machine.gpu_count, not machine.gpu_model, machine.gpu_model, machine.location)].append(machine)
    groups = []
    for (none, _nameless, model, place), members in sorted(by_kind.items(), key=lambda item: item[0]):
        side = 1 if none else 0
        groups.append(
            Group(
                title=_("No GPU") if none else model or _("GPU"),
                place=place,
                machines=members,
                free=sum(max(0, free[machine.pk][side]) for machine in members if machine.is_open),
                total=sum(capacity(machine)[side] for machine in members),
                unit=_("GB free now") if none else _("GPU free now"),
            )
        )
    return groups


def _parts(groups: Iterable[Group], at_once: int) -> list[Part]:
    parts: list[Part] = []
    for group in groups:
        for first in range(0, len(group.machines), at_once):
            parts.append(Part(len(parts) + 1, group, group.machines[first : first + at_once], opens=first == 0))
    return parts
