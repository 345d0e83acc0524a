"""Formats dates in the reader's language: `Sun 29 Nov` and `dim. 29 nov.`, `1 December` and `1er décembre`.

The formats that Django has a name for are in kernel/formats/; the other formats are translated here.
"""

from datetime import date, datetime
from functools import lru_cache

from django.utils.formats import date_format, get_format
from django.utils.translation import get_language, pgettext, pgettext_lazy

FORMATS = {
    "day": "MONTH_DAY_FORMAT",
    "day-year": "SHORT_DATE_FORMAT",
    "weekday": pgettext_lazy("date format", "D"),
    "weekday-number": pgettext_lazy("date format", "D j"),
    "short": pgettext_lazy("date format", "j M"),
    "short-year": pgettext_lazy("date format", "j M Y"),
    "number": "j",
    "month": pgettext_lazy("date format", "j F"),
    "month-year": pgettext_lazy("date format", "j F Y"),
    "long": pgettext_lazy("date format", "l j F"),
    "long-year": pgettext_lazy("date format", "l j F Y"),
}


def format_date(value: date, name: str) -> str:
    """Return the date in one of FORMATS. A datetime is written in its own time zone."""
    day = value.date() if isinstance(value, datetime) else value
    return _written_day(get_language(), day, name)


def format_time(value: datetime) -> str:
    """Return the hour and the minute, in the time zone of `value`."""
    return _written_time(get_language(), value.hour, value.minute)


# A page writes the same days and times again and again: deadlines, weeks, the day of a push.
@lru_cache(4096)
def _written_day(language: str | None, day: date, name: str) -> str:
    letters = str(get_format(str(FORMATS[name])))
    if day.day == 1:
        letters = letters.replace("j", pgettext("date format, first of the month", "j"))
    return date_format(day, letters)


@lru_cache(4096)
def _written_time(language: str | None, hour: int, minute: int) -> str:
    return date_format(datetime(1, 1, 1, hour, minute), "TIME_FORMAT")
