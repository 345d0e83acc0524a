"""Counts database queries. A list page must need the same number with 1 row and with 30."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext


@pytest.fixture
def queries_of() -> Callable[[Callable[[], object]], list[str]]:
    """`queries_of(lambda: client.get(url))` returns the SQL that ran, in order, savepoints included."""

    def run(act: Callable[[], object]) -> list[str]:
        with CaptureQueriesContext(connection) as captured:
            act()
        return [query["sql"] for query in captured.captured_queries]

    return run


@pytest.fixture
def assert_flat(queries_of: Callable[[Callable[[], object]], list[str]]) -> Callable[..., None]:
    """`assert_flat(read, grow, limit=15)`: `read` needs as many queries after `grow` as before, at most `limit`.

    `read` is called once before counting, because a process caches some rows (content types) on their first use.
    """

    def check(read: Callable[[], object], grow: Callable[[], object], *, limit: int = 15) -> None:
        read()
        before = queries_of(read)
        grow()
        after = queries_of(read)
        assert len(after) <= limit, f"{len(after)} queries, more than {limit}:\n" + "\n".join(after)
        assert len(after) == len(before), f"{len(before)} queries became {len(after)}:\n" + "\n".join(after)

    return check
