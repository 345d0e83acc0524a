"""The ENGINE of a MySQL or MariaDB database: Django's, with two exchanges less around each transaction of a request.

Django turns autocommit off before a transaction and on after it. Here autocommit stays on: a transaction starts with
BEGIN, as Django does it on SQLite, and COMMIT or ROLLBACK ends it.

A connection that is kept between requests is checked with a ping before its first use in a request. Here one that was
found to work less than a second ago is not checked again.
"""

import time

from django.db.backends.mysql import base
from django.db.backends.utils import debug_transaction

FRESH_SECONDS = 1.0  # no restart of a database server and no timeout of an idle connection is shorter


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection to MySQL or MariaDB."""

    health_check_done: bool
    fresh_until = 0.0  # on the monotonic clock

    def _start_transaction_under_autocommit(self) -> None:
        """Start a transaction. Django calls this, where it exists, instead of turning autocommit off."""
        with debug_transaction(self, "BEGIN"), self.wrap_database_errors:
            self.connection.begin()

    def _set_autocommit(self, autocommit: bool) -> None:
        """Do nothing after a transaction that started with BEGIN. The driver knows the state without a statement."""
        if not autocommit or not self.connection.get_autocommit():
            super()._set_autocommit(autocommit)  # type: ignore[misc] # the stubs leave out private names

    def close_if_health_check_failed(self) -> None:
        if not self.health_check_done and time.monotonic() < self.fresh_until:
            self.health_check_done = True
        super().close_if_health_check_failed()

    def is_usable(self) -> bool:
        """Whether the server answers a ping. After an error Django asks this always."""
        usable: bool = super().is_usable()
        self.fresh_until = time.monotonic() + FRESH_SECONDS if usable else 0.0
        return usable
