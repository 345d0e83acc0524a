"""Reads many rows in batches, and inserts rows faster than Django's `bulk_create` and `create`.

`insert` is for many rows of numbers, texts and booleans. It returns no keys, fills in no defaults, and no field
prepares its value: JSON must be given as text. `insert_row` and `insert_row_while` are for the values of one row, and
`insert_objects` for a few objects of a model. None of them sends signals.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import islice
from typing import Any, TypeVar, cast

from django.db import DEFAULT_DB_ALIAS, connection, connections, models

from kernel.database.placeholders import placeholders

T = TypeVar("T")


def batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield lists of `size` items; the last one may be shorter."""
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch


def insert(model: type[models.Model], fields: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows. Their values are in the order of `fields`."""
    rows = list(rows)
    if not rows:
        return
    start = _insert_into(model, [cast(Any, model._meta).get_field(name) for name in fields])
    with connection.cursor() as cursor:
        values_as_sql: Any = getattr(connection.connection, "values_as_sql", None)
        if values_as_sql is None:
            cursor.executemany(f"{start} VALUES ({placeholders(fields)})", rows)
            return
        for values in values_as_sql(rows):
            cursor.execute(f"{start} VALUES {values}")


def insert_row(model: type[models.Model], /, **values: Any) -> int:
    """Insert one row and return its key.

    The values are named by the attributes of the model, such as `repository_id`. A field that is not named gets its
    default; a date that the model would set by itself (`auto_now_add`) must be named.
    """
    start, marks, _fields = _insert_of(model)
    return _inserted(f"{start} VALUES ({marks})", _parameters(model, values))


def insert_row_while(model: type[models.Model], found: str, parameters: Sequence[Any], /, **values: Any) -> int | None:
    """Do the same while a row of another table is found; return None when it is not. One statement.

    found: a table and the condition for at most one of its rows, as after FROM, such as `farm_lock WHERE id = %s`, with
    its `parameters`. On MariaDB that row is locked against changes until the transaction ends; outside of one, until
    the statement ends. SQLite has one writer at a time.
    """
    start, marks, _fields = _insert_of(model)
    lock = "" if connection.vendor == "sqlite" else " LOCK IN SHARE MODE"
    sql = f"{start} SELECT {marks} FROM {found}{lock}"  # noqa: S608 # nosec B608 - our own names
    return _inserted(sql, [*_parameters(model, values), *parameters]) or None


def _parameters(model: type[models.Model], values: dict[str, Any]) -> list[Any]:
    """Return the values of the fields as the driver takes them; a field that is not named gets its default."""
    database = connections[DEFAULT_DB_ALIAS]  # `connection` would look for it at each use
    parameters = [
        field.get_db_prep_save(values.pop(field.attname) if field.attname in values else field.get_default(), database)
        for field in _insert_of(model)[2]
    ]
    if values:
        raise TypeError(f"{model.__name__} has no {', '.join(values)}")
    return parameters


def _inserted(sql: str, parameters: Sequence[Any]) -> int:
    """Insert one row at most; return its key, or 0."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return int(cursor.lastrowid) if cursor.rowcount else 0


def insert_objects(objects: Sequence[models.Model]) -> None:
    """Insert new objects of one model in one statement. Sets the key of an object only if there is no other."""
    if not objects:
        return
    start, marks, fields = _insert_of(type(objects[0]))
    parameters = [
        field.get_db_prep_save(field.pre_save(row, add=True), connection) for row in objects for field in fields
    ]
    with connection.cursor() as cursor:
        cursor.execute(f"{start} VALUES {', '.join([f'({marks})'] * len(objects))}", parameters)
        if len(objects) == 1:
            objects[0].pk = int(cursor.lastrowid)
    for row in objects:
        row._state.adding, row._state.db = False, connection.alias


@cache
def _insert_of(model: type[models.Model]) -> tuple[str, str, list[Any]]:
    """Return the INSERT statement of a model with an automatic key: its start, the marks of a row, and its fields."""
    fields = [field for field in cast(Any, model._meta).concrete_fields if not field.primary_key]
    return _insert_into(model, fields), placeholders(fields), fields


def _insert_into(model: type[models.Model], fields: Sequence[Any]) -> str:
    """Return the beginning of an INSERT statement, up to the names of these fields."""
    quote = connection.ops.quote_name
    columns = ", ".join(quote(field.column) for field in fields)
    table = quote(cast(Any, model._meta).db_table)
    return f"INSERT INTO {table} ({columns})"  # nosec B608 - our own names
