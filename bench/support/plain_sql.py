"""Plain SQL for comparisons: repeated statements, and expressions for both engines."""

from collections.abc import Callable
from typing import Any


def statements(function: Callable[[], Any]) -> list[str]:
    """Call the function and return the SELECT statements that it sends."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        function()
    return [query["sql"] for query in captured.captured_queries if query["sql"].lstrip(" (\n").startswith("SELECT")]


def replay(sql: list[str]) -> Callable[[], None]:
    """Return a function that sends these statements with a plain cursor and fetches every row."""
    from django.db import connection

    def run() -> None:
        with connection.cursor() as cursor:
            for statement in sql:
                cursor.execute(statement)
                cursor.fetchall()

    return run


def numbers(count: int) -> str:
    """Return a table expression with one column n, from 0 to count - 1."""
    from django.db import connection

    if connection.vendor == "sqlite":
        return (
            f"(WITH RECURSIVE s(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM s WHERE n < {count - 1}) SELECT n FROM s)"
        )
    return f"(SELECT seq AS n FROM seq_0_to_{count - 1})"


def hexadecimal(expression: str) -> str:
    """Return an SQL expression for the number as 40 hexadecimal digits, like a sha."""
    from django.db import connection

    return f"printf('%040x', {expression})" if connection.vendor == "sqlite" else f"LPAD(HEX({expression}), 40, '0')"


def analyze(*tables: str) -> None:
    """Update the statistics that the query planner uses for these tables."""
    from django.db import connection

    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"ANALYZE {'' if connection.vendor == 'sqlite' else 'TABLE'} {table}")
            cursor.fetchall()
