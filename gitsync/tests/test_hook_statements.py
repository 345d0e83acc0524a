"""How many statements a hook takes, and that it takes no step of DRF."""

import pytest

from gitsync.models import LocalCopy, Request
from gitsync.tests.forge_hooks import GITHUB
from gitsync.tests.synced_course import register
from gitsync.webhooks.views import HookView


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


@pytest.mark.django_db
def test_an_accepted_hook_has_the_answer_of_drf_without_its_steps(hook, monkeypatch):
    def fail(*_arguments, **_options):
        raise AssertionError("a step of DRF")

    refusal = hook("[]")
    monkeypatch.setattr(HookView, "initialize_request", fail)
    answer = hook()
    assert answer.content == b'{"request_id":%d}' % Request.objects.get().pk
    for name in refusal.headers.keys() - {"Content-Length"}:
        assert answer.headers[name] == refusal.headers[name]
