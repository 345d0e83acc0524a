"""A clock that was one day ahead and is right again blocks nothing: no repository, no event, no message, no poll."""

import time
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from gitsync import tasks
from gitsync.domain import registrations
from gitsync.events import outbox
from gitsync.models import Commit, LocalCopy, OutboxEvent, Registration, Request, UnknownUrl
from gitsync.rules.lateness import CommitTimes, is_unproven
from gitsync.syncing import accepted_messages, lease, sync, sync_queue
from gitsync.tests import builders
from gitsync.tests.forge_hooks import GITHUB
from gitsync.values import CourseIds

pytestmark = [pytest.mark.django_db, pytest.mark.database]
SYNC = "gitsync.tasks.sync_address"


@pytest.fixture
def a_day_ahead():
    """`with a_day_ahead():` runs a block under a clock that is one day ahead."""
    return lambda: time_machine.travel(timezone.now() + timedelta(days=1))


def is_read_now(registration):
    """Whether a request now leads to a sync now, without another change."""
    sync_queue.request_sync(registration.repository_id)
    return sync.sync_repository(registration.repository_id)


def test_a_repository_that_was_read_is_read_again(work, registration, a_day_ahead):
    with a_day_ahead():
        builders.sync_now(registration)
    assert is_read_now(registration)
    assert LocalCopy.objects.get().status == LocalCopy.Status.OK


def test_a_repository_that_failed_is_tried_again(registration, a_day_ahead):
    with a_day_ahead():
        builders.sync_now(registration)
    assert LocalCopy.objects.get().status == LocalCopy.Status.FAILING
    LocalCopy.objects.update(dirty=True)
    assert LocalCopy.objects.due(timezone.now()).exists()


def test_a_repository_that_was_requested_and_never_read_is_read(work, registration, a_day_ahead):
    with a_day_ahead():
        sync_queue.request_sync(registration.repository_id)
    assert sync.sync_repository(registration.repository_id)


def test_the_lease_of_a_worker_that_died_ends(work, registration, a_day_ahead):
    with a_day_ahead():
        sync_queue.request_sync(registration.repository_id)
        assert lease.claim(registration.repository_id)
    assert is_read_now(registration)


def test_a_waiting_time_that_is_right_is_kept(registration):
    builders.sync_now(registration)
    later = timezone.now() + timedelta(hours=24)
    LocalCopy.objects.update(dirty=True, next_attempt_at=later)
    assert not LocalCopy.objects.due(timezone.now()).exists()


def test_the_sweep_finds_work_that_was_queued_under_a_wrong_clock(work, registration, a_day_ahead, queued):
    with a_day_ahead():
        sync_queue.request_sync(registration.repository_id)
    queued.clear()
    tasks.sweep()
    assert (SYNC, registration.repository_id) in queued


def test_the_poll_finds_a_repository_that_was_read_under_a_wrong_clock(work, registration, a_day_ahead):
    with a_day_ahead():
        builders.sync_now(registration)
    assert not LocalCopy.objects.get().dirty
    tasks.poll()
    assert LocalCopy.objects.get().dirty


def test_a_message_that_was_accepted_under_a_wrong_clock_ends(work, registration, a_day_ahead):
    with a_day_ahead():
        accepted_messages.accept("RegisterGitRepo", {"x": 1}, repository=registration.repository, follow_up=True)
    builders.sync_now(registration)
    assert Request.objects.get().state == Request.State.DONE


def test_an_event_that_waited_or_was_claimed_under_a_wrong_clock_is_delivered(local_dashboard, a_day_ahead):
    outbox.emit(None, {"_C": "OnUnknownRepoURL", "repoUrl": "https://x.example/a"})
    tomorrow = timezone.now() + timedelta(days=1)
    for values in ({"next_attempt_at": tomorrow}, {"claimed_until": tomorrow}):
        OutboxEvent.objects.update(**{"delivered_at": None, "claimed_until": None} | values)
        assert outbox.is_due("local")
        assert outbox.drain("local") == 1


def test_an_unknown_url_that_was_reported_under_a_wrong_clock_is_reported_again(api, db, a_day_ahead):
    def events():
        api.post("/_git_hook", GITHUB, format="json")
        return OutboxEvent.objects.filter(kind="OnUnknownRepoURL").count()

    with a_day_ahead():
        assert events() == 1
    assert events() == 2
    assert events() == 2
    assert UnknownUrl.objects.count() == 1


def test_work_that_is_pushed_after_the_clock_was_set_right_is_not_late(work, registration, a_day_ahead):
    """The read under the wrong clock says nothing about when the work was pushed."""
    with a_day_ahead():
        builders.sync_now(registration)
    deadline = int(time.time()) - 60
    sha = work.commit("in time", at=deadline - 60, more_txt="1\n")
    work.push()
    builders.sync_now(registration)
    commit = Commit.objects.get(sha=sha)
    assert (commit.seen_after, commit.late_time) == (None, deadline - 60)
    assert is_unproven(CommitTimes.of(commit).claimed_time, commit.seen_by, deadline)


def test_a_repository_that_was_read_then_and_replaced_makes_no_work_late(work, registration, git_server, a_day_ahead):
    with a_day_ahead():
        builders.sync_now(registration)
    other = git_server.create("other")
    sha = other.commit("in time", at=int(time.time()) - 120, more_txt="1\n")
    other.push()
    ids = CourseIds("ada", "H2027", "StruDon")
    registrations.register_repository(ids, student_id="bob", repo_url=git_server.url("other"))
    builders.sync_now(Registration.objects.get())
    assert Registration.objects.get().former_read_at is None
    assert Commit.objects.get(sha=sha).late_time < time.time() - 60
