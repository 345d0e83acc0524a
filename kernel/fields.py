"""Text columns that every database compares byte for byte: `É` is not `e`, and `a ` is not `a`."""

from typing import TYPE_CHECKING, Any, TypeAlias

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper


def exact_collation(connection: BaseDatabaseWrapper) -> str | None:
    """Return the binary collation without padding of this database; None where that is the default (SQLite)."""
    if connection.vendor != "mysql":
        return None
    return "utf8mb4_nopad_bin" if connection.mysql_is_mariadb else "utf8mb4_0900_bin"  # type: ignore[attr-defined]


if TYPE_CHECKING:  # at run time these classes take no type arguments
    CharField: TypeAlias = models.CharField[str, str]
    TextField: TypeAlias = models.TextField[str, str]
else:
    CharField, TextField = models.CharField, models.TextField


class _Exact:
    """Sets the exact collation of the database on which the column is created."""

    def db_parameters(self, connection: BaseDatabaseWrapper) -> Any:
        parameters = super().db_parameters(connection)  # type: ignore[misc]
        parameters["collation"] = exact_collation(connection)
        return parameters


class ExactCharField(_Exact, models.CharField):  # type: ignore[type-arg]
    """A CharField for ids, URLs and SHAs."""


class ExactTextField(_Exact, models.TextField):  # type: ignore[type-arg]
    """A TextField for paths and messages that are compared or hashed."""
