"""The completion curve of a task: how many students had done it at each time, as the numbers of a drawing. Pure.

x is in per cent of the drawing's width, y in pixels from its top. Both are text, so that no language writes a decimal
comma into them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

LEFT, TOP, HEIGHT = 4.0, 32, 204  # the plot's left edge in per cent; its top and height in pixels
WEEK = timedelta(weeks=1)
MAX_SPAN = timedelta(weeks=16)  # work from before is counted at the left edge
MAX_AHEAD = timedelta(weeks=14)  # a later deadline stands at the right edge
MAX_LABELS = 7


@dataclass(frozen=True)
class Mark:
    """A deadline: `label` is its group, "" for the task's own; `done` counts the students who were done by then.

    `before`: its text stands before its line, else after it. `ahead`: the deadline has not passed.
    """

    at: datetime
    label: str
    done: int
    x: str
    y: str
    text_y: int
    before: bool
    ahead: bool


@dataclass(frozen=True)
class Curve:
    """`line`, `area` and `pace` are SVG paths in a square of 100 by 100; `pace` is "" when there is none to draw.

    `levels` are tuples (number of students, y) and `days` are tuples (day, x, whether a phone has room for it).
    """

    total: int
    done: int
    line: str
    area: str
    now_x: str
    now_y: str
    levels: list[tuple[int, str]]
    days: list[tuple[datetime, str, bool]]
    marks: list[Mark]
    pace: str

    @property
    def past(self) -> list[Mark]:
        return [mark for mark in self.marks if not mark.ahead]

    @property
    def ahead(self) -> list[Mark]:
        return [mark for mark in self.marks if mark.ahead]


def build_curve(
    times: Sequence[datetime], deadlines: Sequence[tuple[datetime, str]], total: int, now: datetime, zone: ZoneInfo
) -> Curve:
    """Return the curve of a task.

    `times` has the time of completion of each student who has done it. `deadlines` are the task's and those of groups,
    each as (time, name of the group). `total` counts the class.
    """
    times = sorted(min(time, now) for time in times)
    end = min(max([now, *(at for at, _label in deadlines)]), now + MAX_AHEAD) + timedelta(days=1)
    start = min([*times, *(at - 2 * WEEK for at, _label in deadlines), now - 2 * WEEK])
    start = _monday(max(start, end - MAX_SPAN), zone)
    span = (end - start).total_seconds()

    def along(at: datetime) -> float:
        return min(100.0, max(0.0, 100 * (at - start).total_seconds() / span))

    def height(count: int) -> float:
        return 100 - 100 * count / total if total else 100.0

    steps = ["M0 100"]
    for count, time in enumerate(times, start=1):
        steps.append(f"H{along(time):.2f} V{height(count):.2f}")
    line = f"{' '.join(steps)} H{along(now):.2f}"
    marks = []
    for index, (at, label) in enumerate(sorted(deadlines)):
        done = sum(time <= at for time in times)
        marks.append(
            Mark(at, label, done, _x(along(at)), _y(height(done)), 12 + 14 * (index % 2), along(at) > 25, at > now)
        )
    first = times[0] if times else start
    last = max((at for at, _label in deadlines), default=None)
    pace = f"M{along(first):.2f} 100 L{along(last):.2f} 0" if last and first < last < end else ""
    return Curve(
        total=total,
        done=len(times),
        line=line,
        area=f"{line} V100 H0 Z",
        now_x=_x(along(now)),
        now_y=_y(height(len(times))),
        levels=[
            (count, _y(height(count))) for count in sorted({0, *(round(total * part / 4) for part in range(1, 5))})
        ],
        days=_days(start, end, zone, along),
        marks=marks,
        pace=pace,
    )


def _days(
    start: datetime, end: datetime, zone: ZoneInfo, along: Callable[[datetime], float]
) -> list[tuple[datetime, str, bool]]:
    weeks = int((end - start) / WEEK) + 1
    step = -(-weeks // MAX_LABELS)
    days = [start + WEEK * index for index in range(0, weeks, step)]
    return [(day.astimezone(zone), _x(along(day)), index % 2 == 0) for index, day in enumerate(days) if day < end]


def _monday(at: datetime, zone: ZoneInfo) -> datetime:
    local = at.astimezone(zone)
    return (local - timedelta(days=local.weekday())).replace(hour=0, minute=0, second=0, microsecond=0)


def _x(per_cent: float) -> str:
    return f"{LEFT + per_cent * (100 - LEFT) / 100:.2f}%"


def _y(per_cent: float) -> str:
    return f"{TOP + HEIGHT * per_cent / 100:.1f}"
