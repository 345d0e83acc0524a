"""Text that is compared byte for byte on every database: `É` is not `e`, and `a ` is not `a`."""

from typing import TYPE_CHECKING, Any, TypeAlias

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper


def exact_collation(connection: BaseDatabaseWrapper) -> str | None:
    """The no-pad, binary collation of this database; None where that is the default (SQLite)."""
    if connection.vendor != "mysql":
        return None
    return "utf8mb4_nopad_bin" if connection.mysql_is_mariadb else "utf8mb4_0900_bin"  # type: ignore[attr-defined]


if TYPE_CHECKING:  # at run time these classes take no type arguments
    CharField: TypeAlias = models.CharField[str, str]
    TextField: TypeAlias = models.TextField[str, str]
else:
    CharField, TextField = models.CharField, models.TextField


class _Exact:
    """Gives a text column the exact collation of whatever database it is made on."""

    def db_parameters(self, connection: BaseDatabaseWrapper) -> Any:
        parameters = super().db_parameters(connection)  # type: ignore[misc]
        parameters["collation"] = exact_collation(connection)
        return parameters


class ExactCharField(_Exact, CharField):
    """A CharField for ids, URLs and shas. MariaDB also compares it byte for byte."""


class ExactTextField(_Exact, TextField):
    """A TextField for paths and messages. MariaDB also compares it byte for byte."""
