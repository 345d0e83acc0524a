"""A table to take away: the names of its columns, and its rows as values."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TypeAlias

from django.utils import timezone
from django.utils.functional import Promise

Cell: TypeAlias = "str | Promise | int | float | Decimal | datetime | date | None"


@dataclass(frozen=True)
class Table:
    """A table. `name` is its kind, such as `roster`, for the name of the file and for the audit log.

    `of` is the thing that it is a table of, such as the id of a course, or "". `title` is that of the sheet. `rows` may
    be a generator: each row is written before the next one is read. A datetime is written in the active time zone, so
    the title of its column says which one it is (`moment_column`). `for_program`: another program reads the CSV file,
    so it has commas and decimal points in every language.
    """

    name: str
    of: str
    title: str
    columns: Sequence[str]
    rows: Iterable[Sequence[Cell]]
    for_program: bool = False


def moment_column(title: str) -> str:
    """Return the title of a column of datetimes, with the active time zone: `Last push (Europe/Paris)`."""
    return f"{title} ({timezone.get_current_timezone_name()})"
