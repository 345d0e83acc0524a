"""The time axis above a timeline: its ticks, its weekends, and its units."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone

from farm.rules import wording
from farm.timeline.date_range import Range, Span, local
from farm.timeline.geometry import Window
from kernel.text import dates

HOUR = timedelta(hours=1)
QUARTER_HOURS = (0, 6, 12, 18)  # at which the quarters of a day begin


@dataclass
class AxisTick:
    """One label of the axis and the line under it.

    `x` and `label_x` are per cent of the width.
    """

    x: str
    label: str
    label_x: str
    is_today: bool = False
    first: bool = False  # at the left edge: drawn without a line
    dense: bool = False  # the label is left out on a narrow screen


@dataclass
class Axis:
    ticks: list[AxisTick]
    weekends: list[tuple[str, str]]  # x and width, in per cent
    units: list[Window]  # each machine's free count is given once per unit
    centred: bool  # whether a label stands in the middle of its day


def axis(span: Span, window: Window, now: datetime) -> Axis:
    """Return the axis of `span`, drawn over `window`."""
    ticks_of = {Range.DAY: _hours, Range.WEEK: _days, Range.MONTH: _numbers}[span.range]
    ticks = ticks_of(span, window, now)
    ticks[0].first = True
    return Axis(ticks, [] if span.is_day else _weekends(span, window), units(span), span.range == Range.MONTH)


def units(span: Span) -> list[Window]:
    """Return the quarters of a day, the days of a week or the weeks of a month.

    They are whole, in the reader's zone.
    """
    if span.is_day:
        return quarters(span.day)
    starts = [day for day in span.days if span.range == Range.WEEK or day == span.first or day.weekday() == 0]
    return [Window(local(first), local(after)) for first, after in itertools.pairwise([*starts, span.after])]


def quarters(day: date) -> list[Window]:
    """Return the quarters of a day: 0 to 6, 6 to 12, 12 to 18 and 18 to 24 o'clock.

    A clock change makes one of them longer or shorter.
    """
    edges = [*(local(day, hour) for hour in QUARTER_HOURS), local(day + timedelta(days=1))]
    return [Window(start, end) for start, end in itertools.pairwise(edges)]


def _hours(span: Span, window: Window, now: datetime) -> list[AxisTick]:
    """Return a tick for every second local hour.

    An hour that a clock change repeats has two. The first one is named with its zone, as on all pages: `02:00 CEST`.
    Beside it there is no room for the name of the second.
    """
    ticks = []
    moment = window.start
    while moment < window.end:
        local_time = timezone.localtime(moment)
        if local_time.minute == 0 and local_time.hour % 2 == 0:
            x = window.x(moment)
            label = "" if local_time.fold else wording.clock(moment)
            ticks.append(AxisTick(x, label, x, dense=local_time.hour % 6 != 0))
        moment += HOUR
    return ticks


def _days(span: Span, window: Window, now: datetime) -> list[AxisTick]:
    """Return a tick at the beginning of each day, with its weekday and number."""

    def tick(day: date, start: datetime, end: datetime) -> AxisTick:
        x = window.x(start)
        return AxisTick(x, dates.format_date(day, "weekday-number"), x, is_today=start <= now < end)

    return _each(span, tick)


def _numbers(span: Span, window: Window, now: datetime) -> list[AxisTick]:
    """Return a tick for each day with its number in the middle.

    The label of a Monday is never left out.
    """

    def tick(day: date, start: datetime, end: datetime) -> AxisTick:
        middle = window.x(start + (end - start) / 2)
        return AxisTick(window.x(start), str(day.day), middle, is_today=start <= now < end, dense=day.weekday() != 0)

    return _each(span, tick)


def _each(span: Span, tick: Callable[[date, datetime, datetime], AxisTick]) -> list[AxisTick]:
    return [tick(day, local(day), local(day + timedelta(days=1))) for day in span.days]


def _weekends(span: Span, window: Window) -> list[tuple[str, str]]:
    weekends = []
    for day in span.days:
        if day.weekday() == 5 or (day.weekday() == 6 and day == span.first):
            start, end = local(day), local(min(span.after, day + timedelta(days=7 - day.weekday())))
            weekends.append((window.x(start), window.width(start, end)))
    return weekends
