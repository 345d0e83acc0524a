"""Reads many rows in batches, and inserts rows faster than Django's `bulk_create` and `create`.

`insert` is for many rows of numbers, texts and booleans. It returns no keys, fills in no defaults, and no field
prepares its value: JSON must be given as text. `insert_row` is for one row. Neither sends signals.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
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


def insert_row(model: type[models.Model], /, **values: Any) -> int:
    """Insert one row and return its key.

    The values are named by the attributes of the model, such as `repository_id`. A field that is not named gets its
    default; a date that the model would set by itself (`auto_now_add`) must be named.
    """
    sql, fields = _insert_of(model)
    parameters = [
        field.get_db_prep_save(values.pop(field.attname, field.get_default()), connection) for field in fields
    ]
    if values:
        raise TypeError(f"{model.__name__} has no {', '.join(values)}")
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return int(cursor.lastrowid)


@cache
def _insert_of(model: type[models.Model]) -> tuple[str, list[Any]]:
    """Return the INSERT statement of a model with an automatic key, and its fields in their order."""
    quote, options = connection.ops.quote_name, cast(Any, model._meta)
    fields = [field for field in options.concrete_fields if not field.primary_key]
    columns = ", ".join(quote(field.column) for field in fields)
    marks = ", ".join(["%s"] * len(fields))
    return f"INSERT INTO {quote(options.db_table)} ({columns}) VALUES ({marks})", fields  # noqa: S608 # nosec B608
