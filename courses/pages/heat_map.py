"""The heat map of a student's days: a square for each day, with the names of weekdays and months, in pixels. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

DAY = timedelta(days=1)
CELL = 19  # from one square to the next
LEFT, TOP = 34, 20  # room for the names of weekdays and months
RIGHT = 14  # the name of a month is wider than the last week


@dataclass(frozen=True)
class HeatDay:
    """A square. `css` is "h0" for a day without work, "h1" to "h4" for more and more lines, "hn" for a day ahead."""

    x: int
    y: int
    css: str
    day: date
    lines: int


def heat_days(lines_by_day: Mapping[date, int], start: date, end: date, today: date) -> list[HeatDay]:
    """Return a square for each day from `start`, a Monday, to the day before `end`."""
    top = max((lines for day, lines in lines_by_day.items() if start <= day < end), default=0)
    squares = []
    for index in range((end - start).days):
        day = start + DAY * index
        lines = lines_by_day.get(day, 0)
        level = 1 + min(3, 4 * lines // (top + 1)) if day in lines_by_day else 0
        css = "hn" if day > today else f"h{level}"
        squares.append(HeatDay(LEFT + CELL * (index // 7), TOP + CELL * (index % 7), css, day, lines))
    return squares


def width(weeks: int) -> int:
    return LEFT + CELL * weeks + RIGHT


def weekday_labels(monday: date) -> list[tuple[int, date]]:
    """Return the labels of every other weekday, each as (y, a day of that name)."""
    return [(TOP + 12 + CELL * index, monday + DAY * index) for index in (0, 2, 4, 6)]


def month_labels(mondays: Sequence[date]) -> list[tuple[int, date]]:
    """Return the labels of months, each as (x, day), at the week where the month begins.

    The first week has a label too, where there is room before the next one.
    """
    labelled = [index for index, monday in enumerate(mondays) if monday.day <= 7]
    if not labelled or labelled[0] > 1:
        labelled.insert(0, 0)
    return [(LEFT + CELL * index, mondays[index]) for index in labelled]
