"""Repeats a statement that the database has undone: a deadlock, or a lock that it waited for too long."""

import random
import time
from collections.abc import Callable
from typing import Any, TypeVar

from django.db import OperationalError, connection
from django.db.models import QuerySet

from kernel.database.unavailable import Fault, fault_of

Result = TypeVar("Result")
TRIES = 4  # the first try and three more


def is_temporary(error: OperationalError) -> bool:
    """Whether the same statement may succeed in a moment."""
    return fault_of(error) is Fault.LOCKED


def update(rows: QuerySet[Any], **values: Any) -> int:
    """Run `rows.update(**values)` and return the number of rows. It is tried again as `run` does."""
    return run(lambda: rows.update(**values))


def run(statement: Callable[[], Result]) -> Result:
    """Run a single statement and return its result.

    In a transaction of the caller there is no second try: the database has undone that transaction as a whole.
    """
    for attempt in range(1, TRIES):
        try:
            return statement()
        except OperationalError as error:
            if connection.in_atomic_block or not is_temporary(error):
                raise
        time.sleep(random.uniform(0.005, 0.02) * 2**attempt)  # noqa: S311 - spreads the tries, guards nothing
    return statement()
