"""The dates that a timeline shows: a day, a week from Monday, or a month.

They are in the reader's zone, and their titles in the reader's language.
"""

import calendar
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cached_property

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from farm.timeline.geometry import PLOT_WIDTH, Window
from kernel.text import dates


class Range(StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


def local(day: date, hour: int = 0) -> datetime:
    """Return local midnight of `day`, or its `hour`, in UTC.

    Only in UTC does a day of 23 or 25 hours have that length.
    """
    return datetime.combine(day, time(hour), tzinfo=timezone.get_current_timezone()).astimezone(UTC)


@dataclass(frozen=True)
class Span:
    """The day, week or month that holds `day`: from `first` to the day before `after`."""

    range: Range
    day: date
    first: date
    after: date

    @classmethod
    def around(cls, day: date, range: Range = Range.WEEK) -> "Span":
        """Return the span of that length that holds `day`."""
        if range == Range.DAY:
            return cls(range, day, day, day + timedelta(days=1))
        if range == Range.WEEK:
            monday = day - timedelta(days=day.weekday())
            return cls(range, day, monday, monday + timedelta(days=7))
        first = day.replace(day=1)
        return cls(range, day, first, first + timedelta(days=calendar.monthrange(day.year, day.month)[1]))

    @property
    def is_day(self) -> bool:
        return self.range == Range.DAY

    @property
    def last(self) -> date:
        return self.after - timedelta(days=1)

    @property
    def days(self) -> list[date]:
        return [self.first + timedelta(days=number) for number in range((self.after - self.first).days)]

    @property
    def week(self) -> "Span":
        """The week that holds `day`."""
        return Span.around(self.day)

    def window(self, wide: int = PLOT_WIDTH) -> Window:
        """Return its start and end in UTC, to be drawn about `wide` pixels wide."""
        return Window(local(self.first), local(self.after), wide)

    @property
    def previous(self) -> date:
        """A day of the span before this one."""
        return self._moved(-1)

    @property
    def next(self) -> date:
        """A day of the span after this one."""
        return self._moved(1)

    def _moved(self, step: int) -> date:
        if self.range == Range.DAY:
            return self.day + timedelta(days=step)
        if self.range == Range.WEEK:
            return self.day + timedelta(days=7 * step)
        neighbour = self.after if step > 0 else self.first - timedelta(days=1)
        last_day = calendar.monthrange(neighbour.year, neighbour.month)[1]
        return neighbour.replace(day=min(self.day.day, last_day))

    @cached_property
    def title(self) -> str:
        """`Tuesday 3 November 2026`, `2 – 8 November 2026`, `November 2026`."""
        if self.range == Range.DAY:
            return dates.format_date(self.day, "long-year")
        if self.range == Range.MONTH:
            return date_format(self.first, "YEAR_MONTH_FORMAT")
        if self.first.year != self.last.year:
            start = dates.format_date(self.first, "month-year")
        else:
            start = dates.format_date(self.first, "number" if self.first.month == self.last.month else "month")
        return f"{start} – {dates.format_date(self.last, 'month-year')}"

    @property
    def spoken(self) -> str:
        """The title for a screen reader; it stands after the name of a machine."""
        year = timezone.localdate().year
        if self.is_day:
            return _("bookings of %(day)s") % {"day": _with_year(self.day, "long", year)}
        words = {"first": _with_year(self.first, "month", year), "last": _with_year(self.last, "month", year)}
        return _("bookings from %(first)s to %(last)s") % words


def _with_year(day: date, name: str, present_year: int) -> str:
    """Write a day in a format of kernel/text/dates.py, with the year when it is not the present one."""
    return dates.format_date(day, name if day.year == present_year else f"{name}-year")
