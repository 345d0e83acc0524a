"""Distinguishes an unavailable database from other errors: the request was valid and may be sent again."""

from django.db import InterfaceError, OperationalError

from kernel.errors import Busy

# SQLite raises OperationalError for a missing table or column, too. That is our own mistake.
OWN_MISTAKE = "no such "


def is_database_unavailable(error: BaseException | None) -> bool:
    """Whether the error says that the database is busy or cannot be reached."""
    if isinstance(error, OperationalError):
        return OWN_MISTAKE not in str(error)
    return isinstance(error, (Busy, InterfaceError))
