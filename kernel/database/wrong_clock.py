"""Times in the database that were written while the clock of the machine was ahead.

A field that holds a waiting time, a lease or a lockout has a longest delay. A time further ahead than that cannot be
right, so it counts as over. Otherwise a clock that was one day ahead would block the row for a day.
"""

from datetime import datetime, timedelta

from django.db.models import Q

# The clocks of several machines differ a little, and the clock is read before a lock is waited for.
LEEWAY = timedelta(minutes=1)


def is_too_far_ahead(value: datetime | None, now: datetime, longest: timedelta = timedelta()) -> bool:
    """Whether a stored time is further ahead than `longest`, the longest delay that its field can hold."""
    return value is not None and value > now + longest + LEEWAY


def too_far_ahead(field: str, now: datetime, longest: timedelta = timedelta()) -> Q:
    """Do the same as `is_too_far_ahead` for a field in a query."""
    return Q(**{f"{field}__gt": now + longest + LEEWAY})


def is_epoch_ahead(value: int | None, now: int) -> bool:
    """Do the same as `is_too_far_ahead` for a moment in the past, in epoch seconds."""
    return value is not None and value > now + LEEWAY.total_seconds()
