"""The head of a timeline: its ticks, its weekends, and the stretches that the words under a row speak of."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone

from farm.timeline.date_range import Range, Span, local
from farm.timeline.geometry import Window
from kernel.text import dates

HOUR = timedelta(hours=1)
PARTS_OF_A_DAY = (0, 6, 12, 18)


@dataclass
class Tick:
    x: str
    label: str
    label_x: str
    is_today: bool = False
    first: bool = False  # at the edge: no line
    dense: bool = False  # its label is left out where there is little room


@dataclass
class Axis:
    ticks: list[Tick]
    weekends: list[tuple[str, str]]  # x, width
    units: list[Window]
    centred: bool  # labels stand in the middle of their day


def axis(span: Span, window: Window, now: datetime) -> Axis:
    ticks = {Range.DAY: _hours, Range.WEEK: _days, Range.MONTH: _numbers}[span.range]
    found = ticks(span, window, now)
    found[0].first = True
    return Axis(found, [] if span.is_day else _weekends(span, window), units(span), span.range == Range.MONTH)


def units(span: Span) -> list[Window]:
    """Six hours of a day, the days of a week, the weeks of a month; whole, in the reader's zone."""
    if span.is_day:
        return quarters(span.day)
    starts = [day for day in span.days if span.range == Range.WEEK or day == span.first or day.weekday() == 0]
    return [Window(local(here), local(after)) for here, after in itertools.pairwise([*starts, span.after])]


def quarters(day: date) -> list[Window]:
    """0 to 6, 6 to 12, 12 to 18, 18 to 24 o'clock: seldom, one of them is an hour longer or shorter."""
    edges = [*(local(day, hour) for hour in PARTS_OF_A_DAY), local(day + timedelta(days=1))]
    return [Window(start, end) for start, end in itertools.pairwise(edges)]


def _hours(span: Span, window: Window, now: datetime) -> list[Tick]:
    """Every second hour of the clock on the wall; one that comes twice is written once."""
    found = []
    moment = window.start
    while moment < window.end:
        here = timezone.localtime(moment)
        if here.minute == 0 and here.hour % 2 == 0 and not here.fold:
            x = window.x(moment)
            found.append(Tick(x, f"{here:%H:%M}", x, dense=here.hour % 6 != 0))
        moment += HOUR
    return found


def _days(span: Span, window: Window, now: datetime) -> list[Tick]:
    def tick(day: date, start: datetime, end: datetime) -> Tick:
        x = window.x(start)
        return Tick(x, dates.format_date(day, "weekday-number"), x, is_today=start <= now < end)

    return _each(span, tick)


def _numbers(span: Span, window: Window, now: datetime) -> list[Tick]:
    def tick(day: date, start: datetime, end: datetime) -> Tick:
        middle = window.x(start + (end - start) / 2)
        return Tick(window.x(start), str(day.day), middle, is_today=start <= now < end, dense=day.weekday() != 0)

    return _each(span, tick)


def _each(span: Span, tick: Callable[[date, datetime, datetime], Tick]) -> list[Tick]:
    return [tick(day, local(day), local(day + timedelta(days=1))) for day in span.days]


def _weekends(span: Span, window: Window) -> list[tuple[str, str]]:
    found = []
    for day in span.days:
        if day.weekday() == 5 or (day.weekday() == 6 and day == span.first):
            start, end = local(day), local(min(span.after, day + timedelta(days=7 - day.weekday())))
            found.append((window.x(start), window.width(start, end)))
    return found
