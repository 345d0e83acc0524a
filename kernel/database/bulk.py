"""Reads many rows in batches, and inserts rows faster than Django's `bulk_create` and `create`.

`insert` is for many rows of numbers, texts and booleans. It returns no keys, fills in no defaults, and no field
prepares its value: JSON must be given as text. `insert_row` and `insert_row_while` are for the values of one row, and
`insert_objects` for a few objects of a model. None of them sends signals.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import islice
from typing import Any, NamedTuple, TypeVar, cast

from django.db import DEFAULT_DB_ALIAS, connection, connections, models

from kernel.database.compiled import at_once
from kernel.database.placeholders import placeholders

T = TypeVar("T")
_COMPUTED = object()  # a default that a function makes anew for each row


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
    return _inserted(connections[DEFAULT_DB_ALIAS], f"{start} VALUES ({marks})", _parameters(model, values))


def insert_row_while(
    model: type[models.Model], found: str, parameters: Sequence[Any], /, *, copied: tuple[str, str], **values: Any
) -> int | None:
    """Insert one row and return its key if another table has a certain row; else None.

    One statement. The values are those of `insert_row`.

    found: a table and the condition for at most one of its rows, as after FROM, such as `farm_lock WHERE id = %s`, with
    its `parameters`. On MariaDB that row is locked against changes until the transaction ends; outside of one, until
    the statement ends. SQLite has one writer at a time.
    copied: an attribute of the model, and the column of the found row that has its value.

    When the connection is lost in the first statement of a request, that statement is sent again. So the row may then
    be there twice.
    """
    sql = _insert_while_of(model, *copied).format(found)
    return at_once(_inserted, sql, [*_parameters(model, values, but=copied[0]), *parameters]) or None


def _parameters(model: type[models.Model], values: dict[str, Any], but: str = "") -> list[Any]:
    """Return the values of the fields as the driver takes them; a field that is not named gets its default.

    but: a field to leave out. Empties `values`. Raises TypeError for a value that no field has.
    """
    database = connections[DEFAULT_DB_ALIAS]  # `connection` would look for it at each use
    parameters = []
    for name, field, default in _columns(model):
        if name in values:
            parameters.append(field.get_db_prep_save(values.pop(name), database))
        elif name != but:
            is_constant = default is not _COMPUTED
            parameters.append(default if is_constant else field.get_db_prep_save(field.get_default(), database))
    if values:
        raise TypeError(f"{model.__name__} has no {', '.join(values)}")
    return parameters


class _Column(NamedTuple):
    """A field of a model: its attribute, and its default as the driver takes it, or _COMPUTED."""

    name: str
    field: Any
    default: Any


@cache
def _columns(model: type[models.Model]) -> list[_Column]:
    return [
        _Column(
            field.attname,
            field,
            _COMPUTED
            if field.has_default() and callable(field.default)
            else field.get_db_prep_save(field.get_default(), connection),
        )
        for field in _insert_of(model)[2]
    ]


def _inserted(database: Any, sql: str, parameters: Sequence[Any]) -> int:
    """Insert one row at most; return its key, or 0."""
    with database.cursor() as cursor:
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


@cache
def _insert_while_of(model: type[models.Model], attribute: str, column: str) -> str:
    """Return the statement of `insert_row_while`, with {} for the table and the condition."""
    start, _marks, fields = _insert_of(model)
    marks = ", ".join(connection.ops.quote_name(column) if field.attname == attribute else "%s" for field in fields)
    lock = "" if connection.vendor == "sqlite" else " LOCK IN SHARE MODE"
    return f"{start} SELECT {marks} FROM {{}}{lock}"  # noqa: S608 # nosec B608 - our own names


def _insert_into(model: type[models.Model], fields: Sequence[Any]) -> str:
    """Return the beginning of an INSERT statement, up to the names of these fields."""
    quote = connection.ops.quote_name
    columns = ", ".join(quote(field.column) for field in fields)
    table = quote(cast(Any, model._meta).db_table)
    return f"INSERT INTO {table} ({columns})"  # nosec B608 - our own names
