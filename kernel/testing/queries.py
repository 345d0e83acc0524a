"""How many queries something takes: a list page is held to the same number with 1 row and with 30."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext


@pytest.fixture
def queries_of() -> Callable[[Callable[[], object]], list[str]]:
    """`queries_of(lambda: client.get(url))` -> the SQL that ran, in order. Savepoints count: they are round trips."""

    def run(act: Callable[[], object]) -> list[str]:
        with CaptureQueriesContext(connection) as captured:
            act()
        return [query["sql"] for query in captured.captured_queries]

    return run


@pytest.fixture
def assert_flat(queries_of: Callable[[Callable[[], object]], list[str]]) -> Callable[..., None]:
    """`assert_flat(read, grow, limit=15)`: `read` takes as many queries after `grow` as before it, and few.

    `read` is called once before counting, so that what a process looks up once (content types) is not held against it.
    """

    def check(read: Callable[[], object], grow: Callable[[], object], *, limit: int = 15) -> None:
        read()
        before = queries_of(read)
        grow()
        after = queries_of(read)
        assert len(after) <= limit, f"{len(after)} queries, more than {limit}:\n" + "\n".join(after)
        assert len(after) == len(before), f"{len(before)} queries became {len(after)}:\n" + "\n".join(after)

    return check
