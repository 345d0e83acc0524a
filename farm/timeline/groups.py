"""The machines of the timeline in groups of one kind and place, and in parts that are fetched together."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from farm.models import Machine
from farm.queries.occupancy import capacity
from farm.rules.availability import Share
from farm.timeline import geometry
from farm.timeline.date_range import Range
from farm.timeline.rows import TimelineRow

# How many rows are read and sent at once: fewer for a month, because its rows have more bars.
ROWS_AT_ONCE = {Range.DAY: 32, Range.WEEK: 24, Range.MONTH: 12}
ROW_LINE = 1  # pixels between two rows
FULL_WIDTH = 9999  # pixels: wider than any drawing, whose edge hides the rest


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
            y += geometry.row_height(quantity) + ROW_LINE
        return shapes

    @property
    def room_path(self) -> str:
        """The rectangles of `shapes` as the path of an SVG, wider than any screen."""
        return "".join(f"M0 {y}h{FULL_WIDTH}v{height}H0z" for y, height in self.shapes)

    @property
    def capacity_path(self) -> str:
        """The upper edges of `shapes` as the path of an SVG."""
        return "".join(f"M0 {y}h{FULL_WIDTH}" for y, _height in self.shapes)

    @property
    def height(self) -> int:
        """Pixels that the rows take when they are drawn, without the group's heading."""
        return sum(geometry.row_height(machine.gpu_count or 2) + ROW_LINE for machine in self.machines) - ROW_LINE


def groups_of(machines: Iterable[Machine]) -> list[MachineGroup]:
    """Group by GPU model and room; machines without GPUs come last."""
    by_kind: dict[tuple[bool, bool, str, str], list[Machine]] = defaultdict(list)
    for machine in machines:
        by_kind[(not machine.gpu_count, not machine.gpu_model, machine.gpu_model, machine.location)].append(machine)
    gpu_unit, memory_unit = _("GPU free now"), _("GB free now")
    groups = []
    for (has_no_gpu, _nameless, model, place), members in sorted(by_kind.items(), key=lambda item: item[0]):
        side = 1 if has_no_gpu else 0
        groups.append(
            MachineGroup(
                title=_("No GPU") if has_no_gpu else model or _("GPU"),
                place=place,
                machines=members,
                total=sum(capacity(machine)[side] for machine in members),
                unit=memory_unit if has_no_gpu else gpu_unit,
            )
        )
    return groups


def parts_of(groups: Iterable[MachineGroup], at_once: int) -> list[TimelinePart]:
    parts: list[TimelinePart] = []
    for group in groups:
        for first in range(0, len(group.machines), at_once):
            machines = group.machines[first : first + at_once]
            parts.append(TimelinePart(len(parts) + 1, group, machines, opens=first == 0))
    return parts


def count_free(machines: list[Machine], free: dict[int, Share]) -> int:
    side = 0 if machines[0].gpu_count else 1
    return sum(max(0, free[machine.pk][side]) for machine in machines if machine.is_open)


def mark_parts_to_read(parts: list[TimelinePart], numbers: Collection[int], at_once: int) -> None:
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
