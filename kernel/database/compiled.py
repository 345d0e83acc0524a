"""Runs the same query often, and builds its SQL only once.

Django builds the SQL of a query again each time. For a row that an index finds, this takes longer than the database.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, InterfaceError, OperationalError, connection, connections
from django.db.models import QuerySet
from django.db.models.query import get_related_populators
from django.db.transaction import TransactionManagementError

Row = TypeVar("Row")
Result = TypeVar("Result")
Value = str | int | datetime
Listed = TypeVar("Listed", str, int)
# Stand for the values while the SQL is built. No query has such a text, number or time of its own.
TEXT_MARKER = "value {} of a compiled query"
NUMBER_MARKER = 2_000_000_000  # fits into every column of keys and times
TIME_MARKER = datetime(1066, 10, 14, tzinfo=UTC)
TIME_STEP = timedelta(days=1000)  # between the markers of two times


class CompiledQuery(Generic[Row]):
    """A query in which only values change: texts, whole numbers, and times with a zone.

    The query may add a fixed time to a time, of less than TIME_STEP / 2.

    build: makes the queryset from the values. Its rows are objects of the model, also with `only` and `select_related`
        but without annotations, or the tuples of `values_list`. It is called once for each number of values:
        the value at one place must always have the same type.

    COPIES_BY_HASH = CompiledQuery(lambda *hashes: LocalCopy.objects.filter(repository__match_hash__in=hashes))
    COPIES_BY_HASH.rows("a", "b")  # the same as list(LocalCopy.objects.filter(repository__match_hash__in=["a", "b"]))
    """

    def __init__(self, build: Callable[..., "QuerySet[Any, Row]"]) -> None:
        self._build = build
        self._by_number: dict[int, _Compiled] = {}

    def rows(self, *values: Value) -> list[Row]:
        """Return the rows for these values. One statement.

        Raises ValueError when the statement does not use each of the values as it is, TypeError for None, and
        TransactionManagementError for `select_for_update` outside a transaction.
        """
        if None in values:
            raise TypeError("a compiled query cannot compare with None")
        compiled = self._by_number.get(len(values)) or self._compile(values)
        if compiled.locks and not connection.in_atomic_block:
            raise TransactionManagementError("a query that locks rows needs a transaction")
        return compiled.rows(at_once(_fetched, compiled.sql, compiled.parameters(values)))

    def _compile(self, values: Sequence[Value]) -> "_Compiled":
        markers = [_marker(value, index) for index, value in enumerate(values)]
        compiled = self._by_number[len(values)] = _Compiled(self._build(*markers), markers)
        return compiled


def padded(values: "Collection[Listed]") -> "list[Listed]":
    """Return the values for `IN`, the last one repeated until their number is a power of two.

    A list of any length then needs few statements: they are kept, one for each number of values. Raises ValueError
    without values: no statement can look for none.
    """
    listed = list(values)
    if not listed:
        raise ValueError("no values for IN")
    missing = (1 << (len(listed) - 1).bit_length()) - len(listed)
    return listed + listed[-1:] * missing


class _Compiled:
    def __init__(self, queryset: "QuerySet[Any, Any]", markers: Sequence[Value]) -> None:
        self._compiler: Any = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
        self.locks = queryset.query.select_for_update and connection.features.has_select_for_update
        self.sql, parameters = self._compiler.as_sql()
        places = {_parameter(marker): index for index, marker in enumerate(markers)}
        times = {index: marker for index, marker in enumerate(markers) if isinstance(marker, datetime)}
        self._parameters = [(places.get(parameter), parameter) for parameter in parameters]
        self._shifted = {
            number: shifted
            for number, parameter in enumerate(parameters)
            if parameter not in places and (shifted := _shifted(parameter, times))
        }
        used = {place for place, _parameter in (*self._parameters, *self._shifted.values())}
        if not used.issuperset(places.values()):
            raise ValueError(f"not each value of this compiled query is in its statement: {self.sql}")
        columns = [column for column, _sql, _alias in self._compiler.select]
        self._converters = self._compiler.get_converters(columns)
        fields: Any = queryset._fields  # type: ignore[attr-defined] # the stubs leave out private names
        self._is_tuples = fields is not None
        if not self._is_tuples:
            self._model: Any = self._compiler.klass_info
            self._first, self._last = self._model["select_fields"][0], self._model["select_fields"][-1] + 1
            self._names = [column.target.attname for column in columns[self._first : self._last]]
            # The stubs are of a later Django, whose function takes one argument more.
            self._populators: Any = get_related_populators(  # type: ignore[call-arg]
                self._model, self._compiler.select, DEFAULT_DB_ALIAS
            )

    def parameters(self, values: Sequence[Value]) -> list[Any]:
        """Return the parameters of the statement, with these values in their places."""
        adapted = [_parameter(value) for value in values]
        parameters = [fixed if place is None else adapted[place] for place, fixed in self._parameters]
        for number, (place, added) in self._shifted.items():
            at = values[place]
            parameters[number] = _parameter(at + added) if isinstance(at, datetime) else at
        return parameters

    def rows(self, rows: Iterable[Sequence[Any]]) -> list[Any]:
        """Return what the queryset makes of these rows of the database, as Django's own iterators do it."""
        if self._converters:
            rows = self._compiler.apply_converters(rows, self._converters)
        return [tuple(row) for row in rows] if self._is_tuples else [self._item(row) for row in rows]

    def _item(self, row: Sequence[Any]) -> Any:
        item = self._model["model"].from_db(DEFAULT_DB_ALIAS, self._names, row[self._first : self._last])
        for populator in self._populators:
            populator.populate(row, item)
        return item


def _marker(value: Value, index: int) -> Value:
    if isinstance(value, bool):
        raise TypeError("a compiled query takes no bool: write it into the query")
    if isinstance(value, str):
        return TEXT_MARKER.format(index)
    return NUMBER_MARKER + index if isinstance(value, int) else TIME_MARKER + TIME_STEP * index


def _shifted(parameter: Any, markers: dict[int, datetime]) -> tuple[int, timedelta] | None:
    """Return which marker a time of the statement was made from, and what was added to it; None for another value."""
    for place, marker in markers.items():
        limits = _parameter(marker - TIME_STEP / 2), _parameter(marker + TIME_STEP / 2)
        if isinstance(parameter, str) and str(limits[0]) < parameter < str(limits[1]):
            added = datetime.fromisoformat(parameter) - datetime.fromisoformat(str(_parameter(marker)))
            return place, added
    return None


def _parameter(value: Value) -> str | int | None:
    """Return a value as the driver of the database takes it."""
    return connection.ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value


def at_once(run: Callable[[Any, str, Sequence[Any]], Result], sql: str, parameters: Sequence[Any]) -> Result:
    """Run a statement that may run twice: return `run(the connection, sql, parameters)`.

    Before the first statement of a request Django asks the database whether the kept connection still works. Here the
    statement itself shows it: when it was lost, the statement runs again, with that question before it.
    """
    database: Any = connections[DEFAULT_DB_ALIAS]  # the stubs leave out its checks
    unchecked = database.health_check_enabled and not database.health_check_done
    database.health_check_done = True
    try:
        return run(database, sql, parameters)
    except (OperationalError, InterfaceError):
        if not unchecked or (database.connection is not None and database.is_usable()):
            raise
        database.health_check_done = False
        return run(database, sql, parameters)


def _fetched(database: Any, sql: str, parameters: Sequence[Any]) -> Any:
    with database.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()
