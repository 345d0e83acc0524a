"""How many statements a hook takes."""

import pytest

from gitsync.models import LocalCopy
from gitsync.tests.forge_hooks import GITHUB
from gitsync.tests.synced_course import register


def statements_of(queries):
    return [sql.split()[0] for sql in queries if "SAVEPOINT" not in sql and sql.split()[0] not in ("BEGIN", "COMMIT")]


@pytest.mark.database
def test_a_hook_takes_three_statements(hook, queries_of):
    """The first one after a sync, and those that come until the next one."""
    register()
    LocalCopy.objects.update(dirty=False, dirty_at=None, next_attempt_at=None, status=LocalCopy.Status.OK)
    for number in range(3):
        queries = queries_of(lambda: hook({**GITHUB, "after": f"{number:040x}"}))  # noqa: B023
        assert statements_of(queries) == ["SELECT", "UPDATE", "INSERT"], queries
    assert LocalCopy.objects.get().dirty


@pytest.mark.database
def test_a_hook_of_an_unknown_repository_takes_three_statements_until_it_is_reported_again(hook, queries_of):
    hook()
    assert statements_of(queries_of(hook)) == ["SELECT", "SELECT", "INSERT"]
