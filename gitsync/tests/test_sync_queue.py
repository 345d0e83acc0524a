"""Accepted messages and wishes to look again."""

from datetime import timedelta

import pytest
from django.utils import timezone

from gitsync.domain import repositories
from gitsync.models import LocalCopy, Request
from gitsync.syncing import accepted_messages, sync_queue
from kernel import task_queue

pytestmark = pytest.mark.django_db
URL = "https://git.school.example/a"


@pytest.fixture
def queued(monkeypatch):
    calls = []
    monkeypatch.setattr(task_queue, "queue", lambda task, *args, after=0.0: calls.append((args, after)))
    return calls


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


def test_wishes_fold_into_one_task(queued, django_capture_on_commit_callbacks):
    address = repositories.ensure(URL)
    with django_capture_on_commit_callbacks(execute=True):
        for _ in range(5):
            sync_queue.request_sync(address.pk)
    local_copy = LocalCopy.objects.get()
    assert (local_copy.dirty, local_copy.sync_request_count) == (True, 5)
    assert queued == [((address.pk,), 0.0)]


def test_a_wish_right_after_a_start_waits_two_seconds(queued, django_capture_on_commit_callbacks, time_machine):
    time_machine.move_to("2026-03-02 12:00:00Z", tick=False)
    address = repositories.ensure(URL)
    LocalCopy.objects.update(status=LocalCopy.Status.OK, started_at=timezone.now() - timedelta(seconds=0.5))
    with django_capture_on_commit_callbacks(execute=True):
        sync_queue.request_sync(address.pk)
    assert queued == [((address.pk,), 1.5)]
    assert not LocalCopy.objects.due(timezone.now()).exists()
    assert LocalCopy.objects.due(timezone.now() + timedelta(seconds=2)).exists()


def test_a_later_wish_does_not_put_off_the_one_that_waits(queued, django_capture_on_commit_callbacks, time_machine):
    """A worker that looked at its clock before the second wish came would find nothing due, and nobody comes again."""
    time_machine.move_to("2026-03-02 12:00:00Z", tick=False)
    first = timezone.now()
    address = repositories.ensure(URL)
    LocalCopy.objects.update(status=LocalCopy.Status.OK, started_at=first - timedelta(hours=1))
    with django_capture_on_commit_callbacks(execute=True):
        sync_queue.request_sync(address.pk)
        time_machine.shift(0.1)
        sync_queue.request_sync(address.pk)
    assert queued == [((address.pk,), 0.0)]
    assert LocalCopy.objects.due(first).exists()


def test_a_wish_brings_the_next_attempt_of_a_failing_repository_forward(queued, time_machine):
    time_machine.move_to("2026-03-02 12:00:00Z", tick=False)
    now = timezone.now()
    address = repositories.ensure(URL)
    LocalCopy.objects.update(
        status=LocalCopy.Status.FAILING, dirty=True, started_at=now, next_attempt_at=now + timedelta(hours=6)
    )
    sync_queue.request_sync(address.pk)
    assert LocalCopy.objects.get().next_attempt_at == now + timedelta(minutes=1)


def test_only_a_person_wakes_a_paused_repository(queued, django_capture_on_commit_callbacks):
    address = repositories.ensure(URL)
    LocalCopy.objects.update(status=LocalCopy.Status.PAUSED, attempts=20)
    with django_capture_on_commit_callbacks(execute=True):
        sync_queue.request_sync(address.pk)
    assert not queued
    assert not LocalCopy.objects.due(timezone.now()).exists()
    with django_capture_on_commit_callbacks(execute=True):
        sync_queue.request_sync(address.pk, force=True)
    assert queued
    assert LocalCopy.objects.due(timezone.now()).get().attempts == 0


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_away_is_no_error(monkeypatch):
    def away(*_args, **_options):
        raise OSError("nobody listens")

    address = repositories.ensure(URL)
    monkeypatch.setattr(task_queue.current_app, "send_task", away, raising=False)
    sync_queue.request_sync(address.pk)
    task_queue.queue_after_commit("gitsync.tasks.remove_stores")
    assert LocalCopy.objects.get().dirty
