"""Syncs that fail: the state that people see, the events, and when the next attempt comes."""

from datetime import timedelta

import pytest
from django.utils import timezone

from gitsync.git import store
from gitsync.git.failures import Reason
from gitsync.models import LocalCopy, Request
from gitsync.syncing import accepted_messages, lease, recording, retry_delays, sync, sync_queue
from gitsync.tests import builders

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def test_an_unreachable_repository_gives_one_event(registration):
    for _ in range(3):
        local_copy = builders.sync_now(registration)
    assert builders.event_kinds() == ["OnCloneFailed"]
    assert builders.events()[0].body["reason"] == "not_found"
    assert (local_copy.status, local_copy.reason, local_copy.dirty) == ("failing", "not_found", True)
    assert local_copy.failing_since and local_copy.next_attempt_at > timezone.now() + timedelta(minutes=10)


def test_the_first_success_after_a_failure_is_a_clone(git_server, registration):
    builders.sync_now(registration)
    git_server.create("bob").commit("first", a="1\n")
    work = git_server.create("carol")
    work.commit("first", a="1\n")
    work.bare.rename(git_server.root / "gone.git")
    (git_server.root / "bob.git").rename(git_server.root / "x.git")
    (git_server.root / "gone.git").rename(git_server.root / "bob.git")
    work.git("push", "-q", str(git_server.root / "bob.git"), "HEAD")
    local_copy = builders.sync_now(registration)
    assert builders.event_kinds() == ["OnCloneFailed", "OnClone", "OnNewCommits"]
    assert (local_copy.status, local_copy.reason, local_copy.failing_since) == ("ok", "", None)


def test_failures_after_a_clone_are_one_failed_pull_and_the_next_success_is_a_pull(git_server, work, registration):
    builders.exercise("/tp1", keywords="TP1")
    builders.sync_now(registration)
    builders.clear_events()
    away = git_server.root / "away.git"
    work.bare.rename(away)
    builders.sync_now(registration)
    builders.sync_now(registration)
    away.rename(work.bare)
    builders.sync_now(registration)
    builders.sync_now(registration)
    assert builders.event_kinds() == ["OnPullFailed", "OnPull"]


def test_a_failed_sync_ends_the_message_that_requested_it_with_the_reason(registration):
    request = accepted_messages.accept("RegisterGitRepo", {"a": 1}, repository=registration.repository, follow_up=True)
    builders.sync_now(registration)
    request.refresh_from_db()
    assert (request.state, request.error) == ("failed", "not_found")


def test_a_damaged_store_is_built_again_without_a_failure(work, registration):
    local_copy = builders.sync_now(registration)
    for file in store.path_of(local_copy.folder).rglob("*.pack"):
        file.write_bytes(file.read_bytes()[:60])
    builders.clear_events()
    new = work.commit("more", more_txt="x\n")
    work.push()
    builders.sync_now(registration)
    assert builders.event_kinds() == ["OnPull", "OnNewCommits"]
    assert [commit["commitId"] for commit in builders.events()[1].body["commits"]] == [new]


def test_attempts_come_less_and_less_often_and_then_pause(registration, time_machine):
    time_machine.move_to(timezone.now(), tick=False)
    sync_queue.request_sync(registration.repository_id)
    waits = []
    for _ in range(lease.MAX_ATTEMPTS):
        assert sync.sync_repository(registration.repository_id)
        local_copy = LocalCopy.objects.get()
        waits.append((local_copy.next_attempt_at - timezone.now()).total_seconds() / 60)
        time_machine.move_to(local_copy.next_attempt_at, tick=False)
    assert 15 <= waits[0] < 19 and 60 <= waits[1] < 75 and 1440 <= waits[-1] <= 1800
    assert local_copy.status == "paused"
    assert not sync.sync_repository(registration.repository_id)
    assert builders.event_kinds() == ["OnCloneFailed"]


def test_a_network_failure_is_tried_again_after_a_minute():
    pauses = [
        retry_delays.backoff(attempts, Reason.UNREACHABLE).total_seconds() / 60 for attempts in (1, 2, 3, 4, 5, 9)
    ]
    for pause, step in zip(pauses, (1, 5, 15, 60, 360, 360), strict=True):
        assert step <= pause <= step * 1.25


def test_our_own_fault_is_tried_again_and_gives_no_event(work, registration, monkeypatch):
    request = accepted_messages.accept("RegisterGitRepo", {"a": 1}, repository=registration.repository, follow_up=True)
    with monkeypatch.context() as patch:
        patch.setattr(recording, "record", lambda *_: 1 / 0)
        local_copy = builders.sync_now(registration)
    assert (local_copy.status, local_copy.reason, local_copy.dirty) == ("failing", "internal", True)
    assert builders.event_kinds() == []
    request.refresh_from_db()
    assert request.state == Request.State.PENDING
    assert builders.sync_now(registration).status == "ok"


def test_a_repository_paused_during_a_sync_stays_paused(work, registration, during_fetch):
    with during_fetch(lambda: LocalCopy.objects.update(status="paused")):
        assert builders.sync_now(registration).status == "paused"
    assert builders.event_kinds() == ["OnClone", "OnNewCommits"]


def test_a_past_failure_of_a_repository_paused_meanwhile_gives_no_event(work, registration, during_fetch):
    LocalCopy.objects.update(status="failing", reason="timeout")
    with during_fetch(lambda: LocalCopy.objects.update(status="paused")):
        assert builders.sync_now(registration).status == "paused"
    assert builders.event_kinds() == ["OnClone", "OnNewCommits"]
