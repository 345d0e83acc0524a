"""The ENGINE of a MySQL or MariaDB database: Django's, with two exchanges less around each transaction of a request.

Django turns autocommit off before a transaction and on after it. Here autocommit stays on: a transaction starts with
BEGIN, as Django does it on SQLite, and COMMIT or ROLLBACK ends it.
"""

from django.db.backends.mysql import base
from django.db.backends.utils import debug_transaction


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection to MySQL or MariaDB."""

    def _start_transaction_under_autocommit(self) -> None:
        """Start a transaction. Django calls this, where it exists, instead of turning autocommit off."""
        with debug_transaction(self, "BEGIN"), self.wrap_database_errors:
            self.connection.begin()

    def _set_autocommit(self, autocommit: bool) -> None:
        """Do nothing after a transaction that started with BEGIN. The driver knows the state without a statement."""
        if not autocommit or not self.connection.get_autocommit():
            super()._set_autocommit(autocommit)  # type: ignore[misc] # the stubs leave out private names
