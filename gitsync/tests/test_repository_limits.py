"""Limits: a commit over a limit does not affect others; a repository over a limit is quarantined and tried again."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from gitsync import tasks
from gitsync.domain import registrations, staff_actions
from gitsync.git import commit_order, commit_parsing, line_counts, tree_diff
from gitsync.models import Commit, FileChange, LocalCopy, Request
from gitsync.queries import commit_json
from gitsync.syncing import accepted_messages, lease, recording, sync, sync_queue
from gitsync.tests import builders
from gitsync.tests.gitserver import git
from gitsync.values import CourseIds

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def request_row(registration):
    """An accepted message that waits for the next sync."""
    return accepted_messages.accept("RegisterGitRepo", {"a": 1}, repository=registration.repository, follow_up=True)


def outcome(request_row):
    request_row.refresh_from_db()
    return request_row.state, request_row.error


def test_a_commit_over_a_limit_is_not_counted_and_the_others_are_announced(
    work, registration, request_row, monkeypatch
):
    monkeypatch.setattr(tree_diff, "MAX_FILES", 5)
    builders.exercise("/tp1", keywords="TP1")
    builders.exercise("/tp2", keywords="TP2")
    many = work.commit("TP2 with all libraries", **{f"lib__{number}_txt": "x\n" for number in range(6)})
    work.commit("later", tp1__More_txt="x\n")
    work.push()
    assert builders.sync_now(registration).status == "ok"
    assert outcome(request_row) == ("done", "")
    assert builders.event_kinds() == ["OnClone", "OnNewCommits", "OnExerciseCompleted", "OnExerciseCompleted"]
    commits = builders.events()[1].body["commits"]
    assert [commit.get("remarks") for commit in commits] == [None, None, ["files_unknown"], None]
    assert [len(commit["modifiedFiles"]) for commit in commits] == [1, 1, 0, 1]
    assert Commit.objects.get(sha=many).remarks == "files_unknown"


def test_a_large_file_and_a_long_message_say_that_they_are_not_whole(work, registration, monkeypatch):
    monkeypatch.setattr(line_counts, "MAX_BLOB", 20)
    monkeypatch.setattr(commit_parsing, "MESSAGE_CHARACTERS", 10)
    sha = work.commit("ééééééééé and more", large="x" * 21, small="x\n")
    work.push()
    builders.sync_now(registration)
    commit = Commit.objects.get(sha=sha)
    (as_json,) = commit_json.commits_as_json([registration], [commit])
    assert as_json["remarks"] == ["message_cut", "not_counted"]
    assert as_json["commitMessage"] == "ééééééééé…"
    assert [(file["path"], file.get("notCounted")) for file in as_json["modifiedFiles"]] == [
        ("/large", True),
        ("/small", None),
    ]


def test_a_repository_over_a_limit_is_tried_again_and_leaves_quarantine_by_itself(
    work, registration, request_row, monkeypatch, time_machine
):
    time_machine.move_to(timezone.now(), tick=False)
    with monkeypatch.context() as patch:
        patch.setattr(commit_order, "MAX_COMMITS", 1)
        local_copy = builders.sync_now(registration)
    assert (local_copy.status, local_copy.reason) == ("quarantined", "too_many_commits")
    assert outcome(request_row) == ("failed", "too_many_commits")
    assert timedelta(hours=1) <= local_copy.next_attempt_at - timezone.now() <= timedelta(hours=1.25)
    assert not sync.sync_repository(registration.repository_id)
    time_machine.shift(2 * 3600)
    assert sync.sync_repository(registration.repository_id)
    local_copy.refresh_from_db()
    assert (local_copy.status, local_copy.reason) == ("ok", "")
    assert builders.event_kinds() == ["OnCloneFailed", "OnClone", "OnNewCommits"]


def test_a_push_brings_the_next_try_of_a_repository_over_a_limit_forward(registration, time_machine):
    time_machine.move_to(timezone.now(), tick=False)
    now = timezone.now()
    LocalCopy.objects.update(
        status="quarantined", reason="too_large", dirty=True, started_at=now, next_attempt_at=now + timedelta(hours=24)
    )
    sync_queue.request_sync(registration.repository_id)
    assert LocalCopy.objects.get().next_attempt_at == now + timedelta(minutes=15)


def test_a_message_about_a_repository_over_a_limit_ends_with_the_next_try(work, registration, time_machine):
    time_machine.move_to(timezone.now(), tick=False)
    LocalCopy.objects.update(status="quarantined", reason="too_large", dirty=True, started_at=timezone.now())
    request_row = register("carol", registration.repo_url)
    assert outcome(request_row) == ("pending", "")
    time_machine.shift(15 * 60 + 1)
    assert sync.sync_repository(registration.repository_id)
    assert outcome(request_row) == ("done", "")


def register(student, url):
    course = CourseIds("ada", "H2027", "StruDon")
    return registrations.register_repository(course, student_id=student, repo_url=url)


def test_a_message_about_a_paused_repository_ends_at_once_with_the_reason(registration):
    LocalCopy.objects.update(status="paused", reason="not_found")
    assert outcome(register("carol", registration.repo_url)) == ("failed", "not_found")
    LocalCopy.objects.update(reason="")
    assert outcome(register("dora", registration.repo_url)) == ("failed", "paused")


def test_a_message_that_waits_when_staff_pause_its_repository_ends(registration, request_row, staff):
    staff_actions.pause(LocalCopy.objects.get(), staff)
    tasks.sweep()
    assert outcome(request_row) == ("failed", "paused")


def test_the_message_of_a_repository_that_pauses_after_our_own_faults_ends(
    work, registration, request_row, monkeypatch
):
    monkeypatch.setattr(recording, "record", lambda *_: 1 / 0)
    LocalCopy.objects.update(attempts=lease.MAX_ATTEMPTS - 1)
    sync_queue.request_sync(registration.repository_id)
    assert sync.sync_repository(registration.repository_id)
    assert LocalCopy.objects.get().status == "paused"
    assert outcome(request_row) == ("failed", "internal")


def killed(seconds, attempts=1):
    """Leave the row as a worker does that is killed after so many seconds."""
    began = timezone.now() - timedelta(seconds=seconds + 61)
    LocalCopy.objects.update(
        lease_token=uuid.uuid4(),
        lease_until=began + timedelta(seconds=seconds) + lease.LEASE,
        started_at=began,
        attempts=attempts,
    )


def test_a_sync_that_was_killed_for_time_shows_it_and_is_not_tried_again_at_once(
    work, registration, git_server, request_row, time_machine
):
    time_machine.move_to(timezone.now(), tick=False)
    sync_queue.request_sync(registration.repository_id)
    killed(590)
    git_server.requests.clear()
    assert sync.sync_repository(registration.repository_id)
    local_copy = LocalCopy.objects.get()
    assert (local_copy.status, local_copy.reason, git_server.requests) == ("quarantined", "too_slow", [])
    assert local_copy.next_attempt_at - timezone.now() >= timedelta(hours=1)
    assert outcome(request_row) == ("failed", "too_slow")
    assert not sync.sync_repository(registration.repository_id)


def test_a_sync_that_died_early_is_tried_again_at_once_but_not_for_ever(work, registration, git_server):
    sync_queue.request_sync(registration.repository_id)
    killed(5, attempts=sync.MAX_DEATHS - 1)
    assert sync.sync_repository(registration.repository_id)
    assert LocalCopy.objects.get().status == "ok"
    sync_queue.request_sync(registration.repository_id, force=True)
    killed(5, attempts=sync.MAX_DEATHS)
    git_server.requests.clear()
    assert sync.sync_repository(registration.repository_id)
    assert (LocalCopy.objects.get().reason, git_server.requests) == ("internal", [])


def test_the_files_of_a_repository_are_limited_together(work, registration, monkeypatch):
    monkeypatch.setattr(recording, "FILES_AT_ONCE", 2)
    monkeypatch.setattr(recording, "MAX_FILES", 4)
    assert builders.sync_now(registration).status == "ok"
    work.commit("three", a="1\n", b="1\n", c="1\n")
    work.push()
    local_copy = builders.sync_now(registration)
    assert (local_copy.status, local_copy.reason, FileChange.objects.count()) == ("quarantined", "too_large", 2)


@pytest.mark.parametrize("is_empty", [True, False])
def test_a_repository_with_sha256_names_says_so(git_server, registration, request_row, is_empty):
    options = ["-q", "--object-format=sha256", "-b", "main"]
    git("init", "--bare", *options, "bob.git", cwd=git_server.root)
    git("init", *options, "work", cwd=git_server.root)
    if not is_empty:
        who = ["-c", "user.name=b", "-c", "user.email=b@b"]
        git(*who, "commit", "-q", "--allow-empty", "-m", "first", cwd=git_server.root / "work")
        git("push", "-q", "../bob.git", "HEAD", cwd=git_server.root / "work")
    local_copy = builders.sync_now(registration)
    if is_empty:
        assert local_copy.status == "ok"
    else:
        assert (local_copy.status, local_copy.reason) == ("failing", "object_format")
        assert outcome(request_row) == ("failed", "object_format")


def test_a_server_with_a_part_of_the_history_says_so_until_it_has_all(git_server, registration):
    full = git_server.create("full")
    for number in range(4):
        full.commit(f"{number}", a=f"{number}\n")
    full.push()
    bare = git_server.root / "bob.git"
    git("clone", "-q", "--bare", "--depth=2", f"file://{full.bare}", str(bare), cwd=git_server.root)
    local_copy = builders.sync_now(registration)
    assert (local_copy.status, local_copy.reason, Commit.objects.count()) == ("failing", "shallow", 0)
    git("fetch", "-q", "--unshallow", "origin", "main", cwd=bare)
    assert builders.sync_now(registration).status == "ok"
    assert Commit.objects.filter(reachable=True).count() == 4


def test_every_message_has_ended_after_each_kind_of_end(work, registration):
    register("carol", registration.repo_url)
    builders.sync_now(registration)
    tasks.sweep()
    assert not Request.objects.filter(state=Request.State.PENDING).exists()
