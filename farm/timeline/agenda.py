"""The agenda: one day for a narrow screen, whatever range the drawing shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from accounts.models import User
from farm.models import Allocation, Machine
from farm.timeline.axis import quarters
from farm.timeline.date_range import Span, local
from farm.timeline.geometry import Window


@dataclass
class AgendaDay:
    """A day of the week, to choose from."""

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
    days: list[AgendaDay]  # the week of the day
    yours: list[dict[str, Any]]  # the viewer's own bookings of the day, each of them once


def load_agenda(viewer: User, span: Span, machines: Sequence[Machine], now: datetime) -> Agenda:
    """Return the agenda of the day of `span` and its week, in one query."""
    week, window = span.week, Span.around(span.day, span.range.DAY).window()
    own = list(
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
        marks=[window.x(quarter.start) for quarter in quarters(span.day)[1:]],
        days=[AgendaDay(day, day == span.day, any(_on_day(own, day))) for day in week.days],
        yours=_by_booking(_on_day(own, span.day), now),
    )


def _on_day(allocations: list[Allocation], day: date) -> list[Allocation]:
    start, end = local(day), local(day + timedelta(days=1))
    return [allocation for allocation in allocations if allocation.start < end and allocation.end > start]


def _by_booking(allocations: list[Allocation], now: datetime) -> list[dict[str, Any]]:
    bookings: dict[int, dict[str, Any]] = {}
    for allocation in allocations:
        reservation = allocation.reservation
        booking = bookings.setdefault(
            allocation.reservation_id,
            {"reservation": reservation, "state": reservation.state_at(now), "allocations": []},
        )
        booking["allocations"].append((allocation.machine, allocation))
    return list(bookings.values())
