"""The read model of the week: every machine's row, in a number of queries that is constant.

It gives values to draw, no markup; names that the viewer may not see are not in it.
"""

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from farm import drawing
from farm.drawing import Window
from farm.ledger import capacity, profiles
from farm.models import Allocation, Closure, Resource
from farm.permissions import Sight
from farm.week_rows import Day, Row, row_of
from kernel import dates


@dataclass
class Group:
    title: str
    place: str
    rows: list[Row]
    free: int
    total: int
    unit: str


@dataclass
class Week:
    window: Window
    days: list[Day]
    day: Day  # the one that the agenda shows
    now: datetime
    now_x: str  # "" when now is not in this week
    weekend_x: str
    weekend_width: str
    groups: list[Group]
    machines: int
    free_gpus: int
    all_gpus: int

    @property
    def rows(self) -> list[Row]:
        return [row for group in self.groups for row in group.rows]

    def keeping(self, wanted: Callable[[Row], bool]) -> "Week":
        """The same week with these rows only."""
        groups = [replace(group, rows=[row for row in group.rows if wanted(row)]) for group in self.groups]
        return replace(self, groups=[group for group in groups if group.rows])


def local_midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=timezone.get_current_timezone())


def read(viewer: Any, day: date, resources: Sequence[Resource], now: datetime, wide: int = drawing.PLOT_WIDTH) -> Week:
    """The week that holds `day`, Monday first, in the current zone."""
    monday = day - timedelta(days=day.weekday())
    dates = [monday + timedelta(days=number) for number in range(8)]
    window = Window(local_midnight(dates[0]), local_midnight(dates[7]), wide)
    days = [_day(here, Window(local_midnight(here), local_midnight(after)), window, now)
            for here, after in itertools.pairwise(dates)]  # fmt: skip
    lines = _lines(resources, window)
    closures = _closures(resources, min(window.start, now), max(window.end, now + timedelta(minutes=1)))
    present = profiles(resources, now, now + timedelta(minutes=1))
    sight = Sight(viewer)
    rows = [
        row_of(
            resource, lines[resource.pk], closures[resource.pk], present[resource.pk][0].free, window, days, now, sight
        )
        for resource in resources
    ]
    for one in days:
        spans = (bar.line for row in rows for bar in row.bars if bar.mine)
        one.has_mine = any(line.start < one.window.end and line.end > one.window.start for line in spans)
    saturday = days[5].window.start
    return Week(
        window=window,
        days=days,
        day=next(one for one in days if one.date == day),
        now=now,
        now_x=window.x(now) if window.start <= now < window.end else "",
        weekend_x=window.x(saturday),
        weekend_width=window.width(saturday, window.end),
        groups=_groups(rows),
        machines=len(rows),
        free_gpus=sum(max(0, row.free.gpus) for row in rows if row.resource.state == Resource.State.OPEN),
        all_gpus=sum(row.resource.gpu_count for row in rows),
    )


def _day(here: date, span: Window, window: Window, now: datetime) -> Day:
    return Day(
        date=here,
        window=span,
        x=window.x(span.start),
        is_today=span.start <= now < span.end,
        is_weekend=here.weekday() >= 5,
        label=dates.write(here, "weekday-number"),
    )


def _lines(resources: Iterable[Resource], window: Window) -> dict[int, list[Allocation]]:
    found: dict[int, list[Allocation]] = defaultdict(list)
    rows = Allocation.objects.held().overlapping(window.start, window.end).filter(resource__in=resources)
    for line in rows.select_related("reservation__owner", "reservation__project").order_by("start", "pk"):
        found[line.resource_id].append(line)
    return found


def _closures(resources: Iterable[Resource], start: datetime, end: datetime) -> dict[int, list[Closure]]:
    found: dict[int, list[Closure]] = defaultdict(list)
    for closure in Closure.objects.filter(resource__in=resources, end__gt=start, start__lt=end).order_by("start"):
        found[closure.resource_id].append(closure)
    return found


def _groups(rows: list[Row]) -> list[Group]:
    """By GPU model and room, machines without GPUs last."""
    by_kind: dict[tuple[bool, bool, str, str], list[Row]] = defaultdict(list)
    for row in rows:
        machine = row.resource
        by_kind[(not machine.gpu_count, not machine.gpu_model, machine.gpu_model, machine.location)].append(row)
    groups = []
    for (none, _nameless, model, place), members in sorted(by_kind.items(), key=lambda item: item[0]):
        side = 1 if none else 0
        groups.append(
            Group(
                title=_("No GPU") if none else model or _("GPU"),
                place=place,
                rows=members,
                free=sum(max(0, row.free[side]) for row in members),
                total=sum(capacity(row.resource)[side] for row in members),
                unit=_("GB free now") if none else _("GPU free now"),
            )
        )
    return groups
