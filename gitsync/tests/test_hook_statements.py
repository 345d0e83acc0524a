"""How many statements a hook takes, and that it takes no step of DRF."""

import pytest

from gitsync.domain import repositories
from gitsync.models import LocalCopy, Request
from gitsync.tests.forge_hooks import GITHUB, received_deliveries
from gitsync.tests.synced_course import URL, register, synced
from gitsync.webhooks import receive
from gitsync.webhooks.views import HookView


def statements_of(queries):
    return [sql.split()[0] for sql in queries if "SAVEPOINT" not in sql]


@pytest.mark.database
def test_a_hook_takes_three_statements_and_one_while_its_sync_waits(hook, queries_of):
    register()
    synced()
    assert statements_of(queries_of(hook)) == ["SELECT", "UPDATE", "INSERT"]
    assert LocalCopy.objects.get().dirty
    for number in range(3):
        queries = queries_of(lambda: hook({**GITHUB, "after": f"{number:040x}"}))  # noqa: B023
        assert [sql.split()[0] for sql in queries] == ["INSERT"], "without a transaction"
    assert received_deliveries().count() == 4


@pytest.mark.database
def test_a_hook_whose_sync_has_ended_requests_another_one(hook, queries_of, monkeypatch):
    register()
    hook()
    synced()
    assert statements_of(queries_of(hook)) == ["INSERT", "SELECT", "UPDATE", "INSERT"]
    assert LocalCopy.objects.get().dirty
    assert statements_of(queries_of(hook)) == ["INSERT"]
    monkeypatch.setattr(receive, "EXPECTED", 0.0)
    hook()
    assert statements_of(queries_of(hook)) == ["SELECT", "UPDATE", "INSERT"], "the last hook is too long ago"


@pytest.mark.database
def test_a_hook_that_may_mean_two_repositories_finds_both_again(hook, queries_of):
    register()
    hook()
    repositories.ensure(URL.upper().replace("HTTPS", "https"))
    assert statements_of(queries_of(hook))[:2] == ["INSERT", "SELECT"]
    assert LocalCopy.objects.filter(dirty=True).count() == 2


@pytest.mark.django_db
def test_a_process_remembers_few_repositories_whose_sync_waits(hook, monkeypatch):
    monkeypatch.setattr(receive, "KEYS", 1)
    receive.expected_syncs["another",] = 0.0
    register()
    hook()
    assert len(receive.expected_syncs) == 1
    assert ("another",) not in receive.expected_syncs


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
