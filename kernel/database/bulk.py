"""Reads many rows in batches, and inserts many rows faster than Django's `bulk_create`.

`insert` is for rows of numbers, texts and booleans. It returns no keys, fills in no defaults and sends no signals, and
no field prepares its value: JSON must be given as text.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar, cast

from django.db import connection, models

T = TypeVar("T")


def batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield lists of `size` items; the last one may be shorter."""
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch


def insert(model: type[models.Model], fields: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows with the driver's `executemany`. Their values are in the order of `fields`."""
    rows = list(rows)
    if not rows:
        return
    quote, options = connection.ops.quote_name, cast(Any, model._meta)
    columns = ", ".join(quote(options.get_field(name).column) for name in fields)
    start = f"INSERT INTO {quote(options.db_table)} ({columns}) VALUES "  # noqa: S608 # nosec B608 - our own names
    with connection.cursor() as cursor:
        cursor.executemany(f"{start}({', '.join(['%s'] * len(fields))})", rows)
