"""Whether an error says that the database is away or busy: the request was fine and may be sent again."""

from django.db import InterfaceError, OperationalError

from kernel.errors import Busy

OURS = "no such "  # SQLite says of a table that was never made what MariaDB says of a lost connection


def is_away(error: BaseException | None) -> bool:
    if isinstance(error, OperationalError):
        return OURS not in str(error)
    return isinstance(error, (Busy, InterfaceError))
