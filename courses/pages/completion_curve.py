"""The completion curve of a task: how many were done when, as the numbers a drawing needs. Pure.

x is in per cent of the drawing, y in its pixels from the top; both are text, for no language's comma may enter them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

LEFT, TOP, HEIGHT = 4.0, 32, 204  # the plot's left edge in per cent; its top and height in pixels
WEEK = timedelta(weeks=1)
SPAN = timedelta(weeks=16)  # what came earlier is counted at the left edge
AHEAD = timedelta(weeks=14)  # a deadline further off stands at the right edge
LABELS = 7


@dataclass(frozen=True)
class Mark:
    """A deadline: `label` says whose, `done` how many were done by then."""

    at: datetime
    label: str
    done: int
    x: str
    y: str
    text_y: int
    before: bool  # its words stand before the line, else after it
    ahead: bool  # nobody can say yet how many were done by then


@dataclass(frozen=True)
class Curve:
    total: int
    done: int
    line: str
    area: str
    now_x: str
    now_y: str
    levels: list[tuple[int, str]]
    days: list[tuple[datetime, str, bool]]  # the day, x, whether a phone has room for it
    marks: list[Mark]
    pace: str

    @property
    def past(self) -> list[Mark]:
        return [mark for mark in self.marks if not mark.ahead]

    @property
    def ahead(self) -> list[Mark]:
        return [mark for mark in self.marks if mark.ahead]


def curve(
    times: Sequence[datetime], deadlines: Sequence[tuple[datetime, str]], total: int, now: datetime, zone: ZoneInfo
) -> Curve:
    """`times`: when each student who is done was done. `deadlines`: the task's and those of groups, named."""
    times = sorted(min(time, now) for time in times)
    end = min(max([now, *(at for at, _label in deadlines)]), now + AHEAD) + timedelta(days=1)
    start = min([*times, *(at - 2 * WEEK for at, _label in deadlines), now - 2 * WEEK])
    start = _monday(max(start, end - SPAN), zone)
    span = (end - start).total_seconds()

    def along(at: datetime) -> float:
        return min(100.0, max(0.0, 100 * (at - start).total_seconds() / span))

    def high(count: int) -> float:
        return 100 - 100 * count / total if total else 100.0

    steps = ["M0 100"]
    for count, time in enumerate(times, start=1):
        steps.append(f"H{along(time):.2f} V{high(count):.2f}")
    line = f"{' '.join(steps)} H{along(now):.2f}"
    marks = []
    for index, (at, label) in enumerate(sorted(deadlines)):
        done = sum(time <= at for time in times)
        place = _x(along(at))
        marks.append(Mark(at, label, done, place, _y(high(done)), 12 + 14 * (index % 2), along(at) > 25, at > now))
    first = times[0] if times else start
    last = max((at for at, _label in deadlines), default=None)
    pace = f"M{along(first):.2f} 100 L{along(last):.2f} 0" if last and first < last < end else ""
    return Curve(
        total=total,
        done=len(times),
        line=line,
        area=f"{line} V100 H0 Z",
        now_x=_x(along(now)),
        now_y=_y(high(len(times))),
        levels=[(count, _y(high(count))) for count in sorted({0, *(round(total * part / 4) for part in range(1, 5))})],
        days=_days(start, end, zone, along),
        marks=marks,
        pace=pace,
    )


def _days(
    start: datetime, end: datetime, zone: ZoneInfo, along: Callable[[datetime], float]
) -> list[tuple[datetime, str, bool]]:
    weeks = int((end - start) / WEEK) + 1
    step = -(-weeks // LABELS)
    days = [start + WEEK * index for index in range(0, weeks, step)]
    return [(day.astimezone(zone), _x(along(day)), index % 2 == 0) for index, day in enumerate(days) if day < end]


def _monday(at: datetime, zone: ZoneInfo) -> datetime:
    here = at.astimezone(zone)
    return (here - timedelta(days=here.weekday())).replace(hour=0, minute=0, second=0, microsecond=0)


def _x(per_cent: float) -> str:
    return f"{LEFT + per_cent * (100 - LEFT) / 100:.2f}%"


def _y(per_cent: float) -> str:
    return f"{TOP + HEIGHT * per_cent / 100:.1f}"
