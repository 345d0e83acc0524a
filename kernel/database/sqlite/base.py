"""The ENGINE of a SQLite database: Django's, in which the writers of one process wait for each other in order.

SQLite has one writer at a time. Another one sleeps and tries again, for up to 0.1 s each time, so among many writers
some miss every free moment. Here a writer first waits for its turn in its own process, and SQLite's wait is only for
other processes. A transaction takes its turn before BEGIN IMMEDIATE; a statement that writes outside of a transaction
takes one for itself. Readers take no turn. SQLite still locks, so the data is safe without turns, too.
"""

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Any

from django.db import OperationalError
from django.db.backends.sqlite3 import base

from kernel.database.fair_lock import FairLock
from kernel.database.sqlite import FOLD_FUNCTION
from kernel.text.folding import fold_for_search

WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE", "CREATE", "ALTER", "DROP")
_turns: dict[str, FairLock] = {}  # by the name of the database


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection to SQLite. `wait_seconds` is how long a writer waits for its turn, and then for other processes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.wait_seconds = float(self.settings_dict["OPTIONS"].get("timeout", 5))
        self.execute_wrappers.append(self._execute_in_turn)

    def get_new_connection(self, conn_params: Any) -> Any:
        connection = super().get_new_connection(conn_params)
        connection.create_function(FOLD_FUNCTION, 1, _fold, deterministic=True)
        return connection

    @contextlib.contextmanager
    def waiting_at_most(self, seconds: float) -> Iterator[None]:
        """Let writers on this connection wait `seconds` instead of the usual time."""
        usual = self.wait_seconds
        try:
            self._set_wait(seconds)
            yield
        finally:
            self._set_wait(usual)

    def _set_wait(self, seconds: float) -> None:
        self.wait_seconds = seconds
        with self.cursor() as cursor:
            # SQLite sets it while it prepares the statement, and Python caches prepared statements. So each differs.
            cursor.execute(f"PRAGMA busy_timeout={round(seconds * 1000)} /* {time.monotonic_ns()} */")

    def _start_transaction_under_autocommit(self) -> None:
        try:
            self._take_turn()
            super()._start_transaction_under_autocommit()  # type: ignore[misc] # the stubs leave out private names
        except BaseException:
            self._end_turn()
            raise

    def _set_autocommit(self, autocommit: bool) -> None:
        """Django calls this with True after each commit and rollback, before what waits for the commit."""
        super()._set_autocommit(autocommit)  # type: ignore[misc]
        if autocommit:
            self._end_turn()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]
        finally:
            self._end_turn()

    def _execute_in_turn(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if self.in_atomic_block or not sql.lstrip()[:7].upper().startswith(WRITES):
            return execute(sql, params, many, context)
        try:
            self._take_turn()
            return execute(sql, params, many, context)
        finally:
            self._end_turn()

    def _take_turn(self) -> None:
        """Wait for the writers that came before. Raise SQLite's own error when that takes too long."""
        turn = self.turn()
        if turn is not None and not turn.take(self, self.wait_seconds):
            raise OperationalError("database is locked")

    def _end_turn(self) -> None:
        turn = self.turn()
        if turn is not None:
            turn.give_back(self)

    def turn(self) -> FairLock | None:
        """Return the lock of this database. One in memory has none: its connections do not wait for each other."""
        if self.is_in_memory_db():
            return None
        name = str(self.settings_dict["NAME"])
        return _turns.get(name) or _turns.setdefault(name, FairLock())


def _fold(text: str | None) -> str | None:
    return None if text is None else fold_for_search(text)
