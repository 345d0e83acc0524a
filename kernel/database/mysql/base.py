"""The ENGINE of a MySQL or MariaDB database: Django's, with two exchanges less around each transaction of a request.

Django turns autocommit off before a transaction and on after it. Here autocommit stays on: a transaction starts with
BEGIN, as Django does it on SQLite, and COMMIT or ROLLBACK ends it.

Numbers, texts and NULL also become SQL faster: the driver takes as long for the thousands of values of a long
statement as the database takes to store them.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.backends.mysql import base
from django.db.backends.utils import debug_transaction
from MySQLdb.connections import Connection  # type: ignore[import-untyped]

STATEMENT_BYTES = 64 * 1024  # of the values of an INSERT, as in the driver's `executemany`


class FastConnection(Connection):  # type: ignore[misc] # the driver has no types
    """The driver's connection, which turns whole numbers, texts and NULL into SQL faster."""

    def literal(self, o: Any) -> bytes:
        """Return a value as SQL."""
        if type(o) is int:
            return b"%d" % o
        if type(o) is str:
            return self.string_literal(o.encode(self.encoding))  # type: ignore[no-any-return]
        if o is None:
            return b"NULL"
        return super().literal(o)  # type: ignore[no-any-return]

    def values_as_sql(self, rows: Sequence[Sequence[Any]]) -> Iterator[str]:
        """Yield the rows as texts for `VALUES`, of at most STATEMENT_BYTES or of one row.

        Works column by column: the values of most columns have one type, and many are the same.
        """
        columns = [self._column_as_sql(column) for column in zip(*rows, strict=True)]
        texts: list[bytes] = []
        size = 0
        for row in zip(*columns, strict=True):
            text = b"(" + b",".join(row) + b")"
            size += len(text)
            if texts and size > STATEMENT_BYTES:
                yield b",".join(texts).decode(self.encoding)
                texts, size = [], len(text)
            texts.append(text)
        yield b",".join(texts).decode(self.encoding)

    def _column_as_sql(self, column: Sequence[Any]) -> list[bytes]:
        if len(set(map(type, column))) > 1:  # 1 and True are equal, but not written alike
            return list(map(self.literal, column))
        literals = {value: self.literal(value) for value in set(column)}
        return [literals[value] for value in column]


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection to MySQL or MariaDB."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> FastConnection:
        return FastConnection(**conn_params)

    def _start_transaction_under_autocommit(self) -> None:
        """Start a transaction. Django calls this, where it exists, instead of turning autocommit off."""
        with debug_transaction(self, "BEGIN"), self.wrap_database_errors:
            self.connection.begin()

    def _set_autocommit(self, autocommit: bool) -> None:
        """Do nothing after a transaction that started with BEGIN. The driver knows the state without a statement."""
        if not autocommit or not self.connection.get_autocommit():
            super()._set_autocommit(autocommit)  # type: ignore[misc] # the stubs leave out private names
