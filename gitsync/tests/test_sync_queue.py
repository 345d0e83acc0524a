"""Accepted messages and requests for a sync."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from gitsync.domain import repositories
from gitsync.git.failures import Reason, TransportFailed
from gitsync.models import LocalCopy, Request
from gitsync.syncing import accepted_messages, finish, lease, sync_queue
from kernel import task_queue

pytestmark = pytest.mark.django_db
URL = "https://git.school.example/a"


@pytest.fixture
def queued(monkeypatch):
    tasks = []
    monkeypatch.setattr(task_queue, "queue", lambda task, *args, after=0.0: tasks.append((args, after)))
    return tasks


def test_an_identical_pending_message_gets_the_same_request():
    first = accepted_messages.accept("RegisterGitRepo", {"a": 1, "b": "é"}, follow_up=True)
    assert accepted_messages.accept("RegisterGitRepo", {"b": "é", "a": 1}, follow_up=True) == first
    assert accepted_messages.accept("RegisterGitRepo", {"a": 2}, follow_up=True) != first
    assert accepted_messages.accept("DeleteGitRepo", {"a": 1, "b": "é"}, follow_up=True) != first


def test_a_finished_message_sent_again_is_a_new_request():
    first = accepted_messages.accept("RegisterGitRepo", {"a": 1}, follow_up=True)
    accepted_messages.finish(Request.objects.filter(pk=first.pk), error="not_found")
    first.refresh_from_db()
    assert (first.state, first.error) == ("failed", "not_found")
    assert accepted_messages.accept("RegisterGitRepo", {"a": 1}, follow_up=True) != first


def test_a_message_without_follow_up_is_done_at_once():
    first = accepted_messages.accept("RegisterGitRepoForCourse", {"a": 1}, follow_up=False)
    assert first.state == Request.State.DONE
    assert accepted_messages.accept("RegisterGitRepoForCourse", {"a": 1}, follow_up=False) != first


def test_requests_before_a_sync_share_one_task(queued, django_capture_on_commit_callbacks):
    repository = repositories.ensure(URL)
    with django_capture_on_commit_callbacks(execute=True):
        for _ in range(5):
            sync_queue.request_sync(repository.pk)
    local_copy = LocalCopy.objects.get()
    assert (local_copy.dirty, local_copy.sync_request_count) == (True, 5)
    assert queued == [((repository.pk,), 0.0)]


def test_a_request_right_after_a_start_waits_two_seconds(queued, django_capture_on_commit_callbacks, time_machine):
    time_machine.move_to("2026-03-02 12:00:00Z", tick=False)
    repository = repositories.ensure(URL)
    LocalCopy.objects.update(status=LocalCopy.Status.OK, started_at=timezone.now() - timedelta(seconds=0.5))
    with django_capture_on_commit_callbacks(execute=True):
        sync_queue.request_sync(repository.pk)
    assert queued == [((repository.pk,), 1.5)]
    assert not LocalCopy.objects.due(timezone.now()).exists()
    assert LocalCopy.objects.due(timezone.now() + timedelta(seconds=2)).exists()


def test_a_later_request_does_not_delay_the_earlier_one(queued, django_capture_on_commit_callbacks, time_machine):
    """Else a worker that read its clock before the second request would find nothing due.

    No other worker would come.
    """
    time_machine.move_to("2026-03-02 12:00:00Z", tick=False)
    first = timezone.now()
    repository = repositories.ensure(URL)
    LocalCopy.objects.update(status=LocalCopy.Status.OK, started_at=first - timedelta(hours=1))
    with django_capture_on_commit_callbacks(execute=True):
        sync_queue.request_sync(repository.pk)
        time_machine.shift(0.1)
        sync_queue.request_sync(repository.pk)
    assert queued == [((repository.pk,), 0.0)]
    assert LocalCopy.objects.due(first).exists()


def test_a_request_moves_the_next_attempt_of_a_failing_repository_forward(queued, time_machine):
    time_machine.move_to("2026-03-02 12:00:00Z", tick=False)
    now = timezone.now()
    repository = repositories.ensure(URL)
    LocalCopy.objects.update(
        status=LocalCopy.Status.FAILING, dirty=True, started_at=now, next_attempt_at=now + timedelta(hours=6)
    )
    sync_queue.request_sync(repository.pk)
    assert LocalCopy.objects.get().next_attempt_at == now + timedelta(seconds=2)


@pytest.mark.parametrize(
    ("reason", "status", "wait", "hours"), [("unreachable", "failing", 3, 0.03), ("too_large", "quarantined", 901, 1.3)]
)
def test_hooks_neither_pause_a_repository_nor_lengthen_its_backoff(queued, time_machine, reason, status, wait, hours):
    """A hook of anybody starts a try at once, or after 15 minutes. The tries of its own schedule alone count."""
    time_machine.move_to("2026-03-02 12:00:00Z", tick=False)
    repository = repositories.ensure(URL)
    for _ in range(lease.MAX_ATTEMPTS + 5):
        sync_queue.request_sync(repository.pk)
        claim = lease.claim(repository.pk)
        assert claim is not None, "the hook is followed"
        finish.record_failure(claim, TransportFailed(Reason(reason)))
        time_machine.shift(wait)
    local_copy = LocalCopy.objects.get()
    assert (local_copy.status, local_copy.attempts) == (status, 1)
    assert local_copy.next_attempt_at < timezone.now() + timedelta(hours=hours)


def test_only_a_person_starts_a_paused_repository_again(queued, django_capture_on_commit_callbacks):
    repository = repositories.ensure(URL)
    LocalCopy.objects.update(status=LocalCopy.Status.PAUSED, attempts=20)
    with django_capture_on_commit_callbacks(execute=True):
        sync_queue.request_sync(repository.pk)
    assert not queued
    assert not LocalCopy.objects.due(timezone.now()).exists()
    with django_capture_on_commit_callbacks(execute=True):
        sync_queue.request_sync(repository.pk, force=True)
    assert queued
    assert LocalCopy.objects.due(timezone.now()).get().attempts == 0


NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOOK = {"repoUrl": URL, "delivery": "d" * 64}


def before(**pause):
    return NOON - timedelta(**pause)


STATES = {
    "never read": {},
    "wanted": {"dirty": True, "dirty_at": before(minutes=1), "next_attempt_at": before(minutes=1)},
    "read lately": {"status": "ok", "started_at": before(seconds=1)},
    "read long ago": {"status": "ok", "started_at": before(hours=1), "attempts": 0},
    "wanted in a moment": {"dirty": True, "started_at": before(seconds=1), "next_attempt_at": before(seconds=-1)},
    "failing": {"status": "failing", "dirty": True, "attempts": 3, "next_attempt_at": before(hours=-6)},
    "quarantined": {
        "status": "quarantined", "dirty": True, "attempts": 2, "started_at": before(minutes=1),
        "next_attempt_at": before(hours=-1),
    },
    "paused": {"status": "paused", "attempts": 20},
    "being read": {"started_at": before(seconds=5), "lease_until": before(seconds=-30), "lease_token": uuid.uuid4()},
    "under a wrong clock": {"status": "ok", "started_at": before(days=-3)},
}  # fmt: skip


@pytest.mark.database
@pytest.mark.parametrize("state", STATES)
def test_a_hook_requests_a_sync_in_one_statement_as_everybody_else_does_in_two(
    queued, django_capture_on_commit_callbacks, time_machine, queries_of, state
):
    time_machine.move_to(NOON, tick=False)
    repository = repositories.ensure(URL)
    after = []
    for request in (
        lambda: sync_queue.request_sync(repository.pk),
        lambda: sync_queue.request_sync_of(repositories.find_loosely([URL])[0]),
    ):
        fresh = LocalCopy(repository=repository, pk=repository.local_copy.pk, folder=repository.local_copy.folder)
        for name, value in STATES[state].items():
            setattr(fresh, name, value)
        fresh.save()
        with django_capture_on_commit_callbacks(execute=True):
            queries = queries_of(request)
        statements = [sql.split()[0] for sql in queries if "SAVEPOINT" not in sql]
        after.append((LocalCopy.objects.values().get(), list(queued)))
        queued.clear()
    assert after[0] == after[1]
    assert statements == ["SELECT", "UPDATE"], "find it, and request its sync"


@pytest.mark.database
@pytest.mark.parametrize("state", ["never read", "wanted"])
def test_a_hook_reads_the_row_again_when_it_has_changed_since(queued, state):
    """A worker may take the repository between the two statements: then its sync does not answer this hook."""
    repository = repositories.ensure(URL)
    LocalCopy.objects.update(**STATES[state])
    seen = repositories.find_loosely([URL])[0]
    LocalCopy.objects.update(dirty=True, next_attempt_at=timezone.now())
    claim = lease.claim(repository.pk)
    lease.release(claim, dirty=False, status=LocalCopy.Status.OK, attempts=0)
    assert sync_queue.request_sync_of(seen)
    local_copy = LocalCopy.objects.get()
    assert (local_copy.dirty, local_copy.sync_request_count) == (True, claim.sync_request_count + 1)
    assert local_copy.next_attempt_at == local_copy.started_at + sync_queue.SYNC_SPACING


@pytest.mark.database
@pytest.mark.parametrize("state", STATES)
def test_a_hook_is_saved_without_a_request_for_a_sync_only_while_one_waits(queued, time_machine, queries_of, state):
    time_machine.move_to(NOON, tick=False)
    repository = repositories.ensure(URL)
    LocalCopy.objects.update(**STATES[state])
    before = LocalCopy.objects.values().get()
    key = accepted_messages.accept_waiting_hook(HOOK, [repository.match_hash])
    rows = Request.objects.values_list("pk", "repository", "state", "body")
    waits = state in ("wanted", "wanted in a moment")
    assert list(rows) == ([(key, repository.pk, Request.State.PENDING, HOOK)] if waits else [])
    assert (LocalCopy.objects.values().get(), queued) == (before, [])
    assert waits or key is None


@pytest.mark.database
@pytest.mark.parametrize(
    "change",
    [
        lambda rows: lease.claim(rows.get().repository_id),
        lambda rows: rows.update(dirty=False),
        lambda rows: rows.update(next_attempt_at=before(hours=-1)),
        lambda rows: repositories.delete_unused(rows.get().repository),
    ],
    ids=["it began", "it ended", "it waits for an hour", "the repository was deleted"],
)
def test_a_hook_is_not_saved_alone_when_its_sync_no_longer_waits(queued, time_machine, change):
    time_machine.move_to(NOON, tick=False)
    repository = repositories.ensure(URL)
    LocalCopy.objects.update(**STATES["wanted"])
    change(LocalCopy.objects.all())
    assert accepted_messages.accept_waiting_hook(HOOK, [repository.match_hash]) is None
    assert not Request.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_unreachable_broker_is_no_error(monkeypatch):
    def unreachable(*_args, **_options):
        raise OSError("nobody listens")

    repository = repositories.ensure(URL)
    monkeypatch.setattr(task_queue.app(), "send_task", unreachable, raising=False)
    sync_queue.request_sync(repository.pk)
    task_queue.queue_after_commit("gitsync.tasks.remove_stores")
    assert LocalCopy.objects.get().dirty
