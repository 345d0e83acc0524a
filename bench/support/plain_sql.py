"""The same SQL by hand: the statements of an act, sent again by a bare cursor, every row fetched."""

from collections.abc import Callable
from typing import Any


def statements(act: Callable[[], Any]) -> list[str]:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        act()
    return [one["sql"] for one in captured.captured_queries if one["sql"].lstrip().upper().startswith("SELECT")]


def replay(sql: list[str]) -> Callable[[], None]:
    from django.db import connection

    def run() -> None:
        with connection.cursor() as cursor:
            for one in sql:
                cursor.execute(one)
                cursor.fetchall()

    return run


def numbers(count: int) -> str:
    """A table expression of n = 0 … count - 1."""
    from django.db import connection

    if connection.vendor == "sqlite":
        return (
            f"(WITH RECURSIVE s(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM s WHERE n < {count - 1}) SELECT n FROM s)"
        )
    return f"(SELECT seq AS n FROM seq_0_to_{count - 1})"


def hexadecimal(expression: str) -> str:
    """40 characters, one for one with the number."""
    from django.db import connection

    return f"printf('%040x', {expression})" if connection.vendor == "sqlite" else f"LPAD(HEX({expression}), 40, '0')"


def analyze(*tables: str) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"ANALYZE {'' if connection.vendor == 'sqlite' else 'TABLE'} {table}")
            cursor.fetchall()
