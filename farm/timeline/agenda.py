"""The read model of the agenda: one day on a phone, whatever range the drawing shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from farm.models import Allocation, Machine
from farm.timeline.axis import quarters
from farm.timeline.date_range import Span, local
from farm.timeline.geometry import Window


@dataclass
class Day:
    date: date
    is_chosen: bool
    has_mine: bool


@dataclass
class Agenda:
    date: date
    window: Window
    is_today: bool
    now_x: str  # "" when now is not in this day
    marks: list[str]  # x of 6, 12 and 18 o'clock
    days: list[Day]  # the week of the day
    yours: list[dict[str, Any]]  # the viewer's own bookings of the day, once each


def read(viewer: Any, span: Span, machines: Sequence[Machine], now: datetime) -> Agenda:
    """The day of `span` and its week, in one query."""
    week, window = span.week, Span.around(span.day, span.range.DAY).window()
    mine = list(
        Allocation.objects.held()
        .overlapping(week.window().start, week.window().end)
        .filter(machine__in=machines, reservation__owner=viewer)
        .select_related("reservation", "machine")
        .order_by("start", "pk")
    )
    is_today = window.start <= now < window.end
    return Agenda(
        date=span.day,
        window=window,
        is_today=is_today,
        now_x=window.x(now) if is_today else "",
        marks=[window.x(part.start) for part in quarters(span.day)[1:]],
        days=[Day(day, day == span.day, any(_during(mine, day))) for day in week.days],
        yours=_yours(_during(mine, span.day), now),
    )


def _during(lines: list[Allocation], day: date) -> list[Allocation]:
    start, end = local(day), local(day + timedelta(days=1))
    return [line for line in lines if line.start < end and line.end > start]


def _yours(lines: list[Allocation], now: datetime) -> list[dict[str, Any]]:
    found: dict[int, dict[str, Any]] = {}
    for line in lines:
        booking = line.reservation
        item = found.setdefault(
            line.reservation_id, {"reservation": booking, "state": booking.state_at(now), "lines": []}
        )
        item["lines"].append((line.machine, line))
    return list(found.values())
