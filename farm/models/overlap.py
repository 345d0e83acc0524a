"""What overlaps a span, asked so that the cost does not grow with history; and what a span and a quantity may be."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from farm.models.states import State

# No span is longer, for any writer: the overlap query relies on it, so its cost does not grow with history.
MAX_SPAN = timedelta(days=100)
MAX_QUANTITY = 10_000_000


def longest_before(start: datetime) -> datetime:
    """What reaches `start` began after this moment; the calendar's first where there is none so early."""
    first = datetime.min.replace(tzinfo=UTC)
    return start - MAX_SPAN if start - first > MAX_SPAN else first


def longest_after(end: datetime) -> datetime:
    """What begins before `end` is over by this moment; the calendar's last where there is none so late."""
    last = datetime.max.replace(tzinfo=UTC)
    return end + MAX_SPAN if last - end > MAX_SPAN else last


def overlap_by_start(start: datetime | None, end: datetime | None) -> Q:
    """What has a part in `[start, end)`; the lower bound on `start` keeps ten years of history out of the way."""
    found = Q() if start is None else Q(end__gt=start, start__gt=longest_before(start))
    return found if end is None else found & Q(start__lt=end)


def overlap_by_end(start: datetime | None, end: datetime | None, of: str = "") -> Q:
    """The same as one range of an index by `end`.

    It begins where the window does, so ten busy years before it are not looked at; its upper bound follows from
    MAX_SPAN and keeps a look into the past short.
    """
    found = Q() if start is None else Q(**{f"{of}end__gt": start})
    return found if end is None else found & Q(**{f"{of}end__lte": longest_after(end), f"{of}start__lt": end})


def among(states: Collection[str], of: str = "") -> Q:
    """In one of these states, said as "in none of the others": else SQLite reads all of history by its state."""
    return ~Q(**{f"{of}state__in": sorted(set(State) - set(states))})


def quantity(label: Any, **options: Any) -> Any:
    limits = [MinValueValidator(0), MaxValueValidator(MAX_QUANTITY)]
    return models.PositiveIntegerField(label, validators=limits, **options)


def span_checks(name: str) -> list[models.BaseConstraint]:
    return [
        models.CheckConstraint(condition=Q(start__lt=F("end")), name=f"{name}_start_before_end"),
        models.CheckConstraint(condition=Q(end__lte=F("start") + MAX_SPAN), name=f"{name}_within_max_span"),
    ]
