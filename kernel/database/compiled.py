"""Runs the same query often, and builds its SQL only once.

Django builds the SQL of a query again each time. For a row that an index finds, this takes longer than the database.
"""

from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, InterfaceError, OperationalError, connections
from django.db.models import Model, QuerySet

Row = TypeVar("Row", bound=Model)
Value = TypeVar("Value", str, int)
Marker = str | int
# Stand for the values while the SQL is built. No query has such a text or such a number of its own.
TEXT_MARKER = "value {} of a compiled query"
NUMBER_MARKER = -2_000_000_000  # fits into every column of numbers


class CompiledQuery(Generic[Row, Value]):
    """A query whose only values that change are texts, or whole numbers.

    kind: `str` or `int`, the type of the values.
    build: makes the queryset from the values. It may use `only`, but not `select_related` or annotations. It is called
        once for each number of values.

    COPIES_BY_HASH = CompiledQuery(str, lambda *hashes: LocalCopy.objects.filter(repository__match_hash__in=hashes))
    COPIES_BY_HASH.rows("a", "b")  # the same as list(LocalCopy.objects.filter(repository__match_hash__in=["a", "b"]))
    """

    def __init__(self, kind: type[Value], build: Callable[..., "QuerySet[Row]"]) -> None:
        self._build = build
        self._marker: Callable[[int], Marker] = TEXT_MARKER.format if kind is str else NUMBER_MARKER.__sub__
        self._by_number: dict[int, _Compiled] = {}

    def rows(self, *values: Value) -> list[Row]:
        """Return the rows for these values, as objects of the model. One statement."""
        compiled = self._by_number.get(len(values)) or self._compile(len(values))
        rows = _read(compiled.sql, compiled.parameters(values))
        if compiled.converters:
            rows = compiled.compiler.apply_converters(rows, compiled.converters)
        return [compiled.model.from_db(DEFAULT_DB_ALIAS, compiled.names, row) for row in rows]

    def _compile(self, number: int) -> "_Compiled":
        markers = [self._marker(index) for index in range(number)]
        compiled = self._by_number[number] = _Compiled(self._build(*markers), markers)
        return compiled


class _Compiled:
    def __init__(self, queryset: "QuerySet[Any]", markers: "list[Marker]") -> None:
        self.model = queryset.model
        self.compiler: Any = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
        self.sql, self._parameters = self.compiler.as_sql()
        columns = [column for column, _sql, _alias in self.compiler.select]
        self.names = [column.target.attname for column in columns]
        self.converters = self.compiler.get_converters(columns)
        self._places = {marker: index for index, marker in enumerate(markers)}

    def parameters(self, values: Sequence[Marker]) -> list[Any]:
        """Return the parameters of the statement, with these values in their places."""
        places = self._places
        return [values[places[value]] if value in places else value for value in self._parameters]


def _read(sql: str, parameters: list[Any]) -> Any:
    """Return the rows of a SELECT.

    Before the first statement of a request Django asks the database whether the kept connection still works. Here the
    SELECT itself shows it: after an error it runs again, with that question before it.
    """
    database: Any = connections[DEFAULT_DB_ALIAS]  # the stubs leave out its checks
    unchecked = database.health_check_enabled and not database.health_check_done
    database.health_check_done = True
    try:
        return _fetched(database, sql, parameters)
    except (OperationalError, InterfaceError):
        if not unchecked:
            raise
        database.health_check_done = False
        return _fetched(database, sql, parameters)


def _fetched(database: Any, sql: str, parameters: list[Any]) -> Any:
    with database.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()
