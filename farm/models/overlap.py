"""Filters for rows that overlap a span, and the limits of spans and quantities.

The cost of the filters does not grow with history.
"""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from farm.models.states import State

# The longest span of a reservation, for every writer: the overlap filters rely on it to skip history.
MAX_SPAN = timedelta(days=100)
MAX_QUANTITY = 10_000_000


def earliest_start_reaching(moment: datetime) -> datetime:
    """Return the time after which any span that reaches `moment` starts.

    Not earlier than the first datetime of the calendar.
    """
    first = datetime.min.replace(tzinfo=UTC)
    return moment - MAX_SPAN if moment - first > MAX_SPAN else first


def latest_end_starting_by(moment: datetime) -> datetime:
    """Return the time by which any span that starts before `moment` ends.

    Not later than the last datetime of the calendar.
    """
    last = datetime.max.replace(tzinfo=UTC)
    return moment + MAX_SPAN if last - moment > MAX_SPAN else last


def overlap_by_start(start: datetime | None, end: datetime | None) -> Q:
    """Filter rows that overlap `[start, end)`, for an index by `start`; None is open.

    The lower bound on `start` leaves out ten years of history.
    """
    condition = Q() if start is None else Q(end__gt=start, start__gt=earliest_start_reaching(start))
    return condition if end is None else condition & Q(start__lt=end)


def overlap_by_end(start: datetime | None, end: datetime | None, prefix: str = "") -> Q:
    """Filter rows that overlap `[start, end)`, as one range of an index by `end`.

    `prefix` leads to a related row. The range begins at `start`, so ten busy years before it are not read. Its upper
    bound follows from MAX_SPAN and keeps a search of the past short.
    """
    condition = Q() if start is None else Q(**{f"{prefix}end__gt": start})
    if end is None:
        return condition
    return condition & Q(**{f"{prefix}end__lte": latest_end_starting_by(end), f"{prefix}start__lt": end})


def in_states(states: Collection[str], prefix: str = "") -> Q:
    """Filter rows in one of these states, written as "in none of the others".

    Written as `state IN (…)`, it leads SQLite to read all of history by the index of states.
    """
    return ~Q(**{f"{prefix}state__in": sorted(set(State) - set(states))})


def quantity_field(label: Any, **options: Any) -> Any:
    limits = [MinValueValidator(0), MaxValueValidator(MAX_QUANTITY)]
    return models.PositiveIntegerField(label, validators=limits, **options)


def span_checks(name: str) -> list[models.BaseConstraint]:
    """Return the constraints of a table with `start` and `end`.

    `name` is the prefix of their names.
    """
    return [
        models.CheckConstraint(condition=Q(start__lt=F("end")), name=f"{name}_start_before_end"),
        models.CheckConstraint(condition=Q(end__lte=F("start") + MAX_SPAN), name=f"{name}_within_max_span"),
    ]
