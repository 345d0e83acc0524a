"""From a real push over smart HTTP to rows and events."""

import contextlib
import pkgutil
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from gitsync import tasks
from gitsync.events import announce
from gitsync.git import store
from gitsync.git.failures import Reason
from gitsync.models import (
    Commit,
    Completion,
    Delivery,
    FileChange,
    LocalCopy,
    Match,
    Push,
    Registration,
    Repository,
    Request,
)
from gitsync.syncing import accepted_messages, finish, lease, sync, sync_queue
from gitsync.syncing.rematch import match_commits
from gitsync.tests import people

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def work(git_server):
    work = git_server.create("bob")
    work.commit("first", README_txt="hello\n")
    work.commit("TP1 done", tp1__Main_txt="1\n2\n3\n")
    work.push()
    return work


@pytest.fixture
def bob(git_server):
    return people.registration(git_server.url("bob"))


def test_a_first_sync_brings_commits_files_matches_and_events(work, bob):
    people.exercise("/tp1", keywords="TP1")
    local_copy = people.look(bob)
    assert (local_copy.status, local_copy.head, local_copy.branch, local_copy.dirty) == (
        "ok",
        work.head(),
        "main",
        False,
    )
    assert local_copy.lease_token is None and local_copy.attempts == 0 and local_copy.size_bytes > 0
    assert [commit.message for commit in Commit.objects.order_by("pk")] == ["first\n", "TP1 done\n"]
    assert Match.objects.get(file__path="tp1/Main.txt").exercise_path == "/tp1"
    assert Completion.objects.get().exercise_path == "/tp1"
    assert people.told() == ["OnClone", "OnNewCommits", "OnExerciseCompleted"]
    commits = people.events()[1].body["commits"]
    assert [commit["commitMessageFirstLine"] for commit in commits] == ["first", "TP1 done"]
    assert people.events()[1].body["latestCommitBeforeThis"] == ""
    bob.refresh_from_db()
    assert (bob.announced, bob.announced_head) == ("cloned", work.head())


def test_a_push_brings_only_what_is_new(work, bob, git_server):
    people.look(bob)
    people.hear()
    before, sent = work.head(), git_server.sent
    new = work.commit("more", more_txt="x\n")
    work.push()
    people.look(bob)
    assert people.told() == ["OnPull", "OnNewCommits"]
    body = people.events()[1].body
    assert body["latestCommitBeforeThis"] == before
    assert [commit["commitId"] for commit in body["commits"]] == [new]
    push = Push.objects.order_by("pk").last()
    assert (push.before, push.after, push.forced) == (before, new, False)
    assert git_server.sent - sent < 2500


def test_a_look_that_finds_nothing_says_nothing_and_fetches_nothing(work, bob, git_server):
    first = people.look(bob)
    people.hear()
    git_server.requests.clear()
    local_copy = people.look(bob)
    assert people.told() == []
    assert [method for method, _path in git_server.requests] == ["GET", "POST"]  # capabilities, refs; no pack
    assert local_copy.last_good_at > first.last_good_at


def test_an_unreachable_repository_is_told_once(bob):
    for _ in range(3):
        local_copy = people.look(bob)
    assert people.told() == ["OnCloneFailed"]
    assert people.events()[0].body["reason"] == "not_found"
    assert (local_copy.status, local_copy.reason, local_copy.dirty) == ("failing", "not_found", True)
    assert local_copy.failing_since and local_copy.next_attempt_at > timezone.now() + timedelta(minutes=10)


def test_the_first_success_after_a_failure_is_a_clone(git_server, bob):
    people.look(bob)
    git_server.create("bob").commit("first", a="1\n")
    work = git_server.create("carol")
    work.commit("first", a="1\n")
    work.bare.rename(git_server.root / "gone.git")
    (git_server.root / "bob.git").rename(git_server.root / "x.git")
    (git_server.root / "gone.git").rename(git_server.root / "bob.git")
    work.git("push", "-q", str(git_server.root / "bob.git"), "HEAD")
    local_copy = people.look(bob)
    assert people.told() == ["OnCloneFailed", "OnClone", "OnNewCommits"]
    assert (local_copy.status, local_copy.reason, local_copy.failing_since) == ("ok", "", None)


def test_a_failure_after_a_clone_is_a_failed_pull_told_once_and_its_end_is_a_pull(git_server, work, bob):
    people.exercise("/tp1", keywords="TP1")
    people.look(bob)
    people.hear()
    away = git_server.root / "away.git"
    work.bare.rename(away)
    people.look(bob)
    people.look(bob)
    away.rename(work.bare)
    people.look(bob)
    people.look(bob)
    assert people.told() == ["OnPullFailed", "OnPull"]


def test_an_empty_repository_is_a_clone_without_commits(git_server, bob):
    work = git_server.create("bob")
    assert people.look(bob).status == "ok"
    assert people.told() == ["OnClone"]
    work.commit("first", a="1\n")
    work.push()
    people.look(bob)
    assert people.told() == ["OnClone", "OnPull", "OnNewCommits"]


def test_a_forced_push_keeps_the_old_commits_and_takes_back_what_they_completed(work, bob):
    people.exercise("/tp1", keywords="TP1")
    people.look(bob)
    people.hear()
    old = work.head()
    work.git("reset", "-q", "--hard", "HEAD~1")
    new = work.commit("something else", other_txt="x\n")
    work.push("--force", "origin", "HEAD")
    people.look(bob)
    assert people.told() == ["OnPull", "OnNewCommits", "OnExerciseCompletedUpdate", "OnCommitModelUpdate"]
    assert people.events()[2].body["exerciseCompleted"] == "False"
    assert dict(Commit.objects.values_list("sha", "reachable"))[old] is False
    push = Push.objects.order_by("pk").last()
    assert (push.before, push.after, push.forced) == (old, new, True)
    people.hear()
    work.git("reset", "-q", "--hard", old)
    work.push("--force", "origin", "HEAD")
    people.look(bob)
    assert Commit.objects.get(sha=old).reachable
    assert people.told() == ["OnPull", "OnNewCommits", "OnExerciseCompleted", "OnCommitModelUpdate"]


def test_a_forced_push_is_understood_when_the_store_was_lost(work, bob):
    people.look(bob)
    old = work.head()
    store.remove(LocalCopy.objects.get().folder)
    work.git("reset", "-q", "--hard", "HEAD~1")
    work.commit("instead", b="1\n")
    work.push("--force", "origin", "HEAD")
    people.look(bob)
    assert dict(Commit.objects.values_list("message", "reachable")) == {
        "first\n": True,
        "TP1 done\n": False,
        "instead\n": True,
    }
    assert Push.objects.order_by("pk").last().before == old


def test_a_damaged_store_is_built_anew_without_a_word(work, bob):
    local_copy = people.look(bob)
    for file in store.path_of(local_copy.folder).rglob("*.pack"):
        file.write_bytes(file.read_bytes()[:60])
    people.hear()
    new = work.commit("more", more_txt="x\n")
    work.push()
    people.look(bob)
    assert people.told() == ["OnPull", "OnNewCommits"]
    assert [commit["commitId"] for commit in people.events()[1].body["commits"]] == [new]


def test_another_default_branch_moves_the_registration_to_it(work, bob):
    work.git("checkout", "-q", "-b", "work")
    on_side = work.commit("on a side branch", s="1\n")
    work.push()
    people.look(bob)
    assert not Commit.objects.get(sha=on_side).reachable
    people.hear()
    work.git("--git-dir", str(work.bare), "symbolic-ref", "HEAD", "refs/heads/work")
    store.remove(LocalCopy.objects.get().folder)  # a worker on another machine
    local_copy = people.look(bob)
    assert (local_copy.branch, local_copy.head) == ("work", on_side)
    assert Commit.objects.get(sha=on_side).reachable
    assert people.told() == ["OnPull", "OnNewCommits"]


def test_one_url_serves_two_students_with_one_store(work, bob, git_server):
    alice = people.registration(git_server.url("bob"), "alice", course_id="Other")
    people.look(bob)
    assert LocalCopy.objects.count() == 1
    assert Commit.objects.count() == 2
    for one in (bob, alice):
        assert people.told(registration=one) == ["OnClone", "OnNewCommits"]


def test_a_new_registration_of_a_known_repository_hears_everything_at_once(work, bob, git_server):
    people.exercise("/tp1", keywords="TP1")
    people.look(bob)
    alice = people.registration(git_server.url("bob"), "alice")
    match_commits(alice, Commit.objects.order_by("pk"))
    announce.announce_everything(alice)
    assert people.told(registration=alice) == ["OnClone", "OnNewCommits", "OnExerciseCompleted"]
    people.look(bob)
    assert people.told(registration=alice) == ["OnClone", "OnNewCommits", "OnExerciseCompleted"]


def test_a_new_registration_of_a_failing_repository_hears_that_at_once(bob, git_server):
    people.look(bob)
    alice = people.registration(git_server.url("bob"), "alice")
    announce.announce_everything(alice)
    assert people.told(registration=alice) == ["OnCloneFailed"]


def test_a_new_registration_of_a_repository_never_read_waits(git_server, bob):
    announce.announce_everything(bob)
    assert people.told() == []


def test_more_than_500_commits_come_in_several_events(git_server, bob, monkeypatch):
    monkeypatch.setattr(announce, "COMMITS_PER_EVENT", 2)
    work = git_server.create("bob")
    shas = [work.commit(f"c{n}") for n in range(5)]
    work.push()
    people.look(bob)
    assert people.told() == ["OnClone", "OnNewCommits", "OnNewCommits", "OnNewCommits"]
    bodies = [event.body for event in people.events()[1:]]
    assert [body["latestCommitBeforeThis"] for body in bodies] == ["", shas[1], shas[3]]
    assert [commit["commitId"] for body in bodies for commit in body["commits"]] == shas


@pytest.mark.parametrize("status", [301, 404])
def test_a_server_that_insists_on_the_suffix_is_asked_with_it_from_then_on(git_server, status):
    git_server.insists = status
    work = git_server.create("bob")
    work.commit("first", a="1\n")
    work.push()
    bob = people.registration(git_server.url("bob").removesuffix(".git"))
    people.look(bob)
    git_server.requests.clear()
    people.look(bob)
    assert Repository.objects.get().fetch_path == "/bob.git"
    assert [path.split("/")[1] for _method, path in git_server.requests] == ["bob.git", "bob.git"]


def test_the_requests_behind_a_sync_end_with_it(work, bob):
    ended = accepted_messages.accept("RegisterGitRepo", {"a": 1}, repository=bob.repository, follow_up=True)
    people.look(bob)
    ended.refresh_from_db()
    assert (ended.state, ended.error) == ("done", "")


def test_the_requests_behind_a_failed_sync_say_why(bob):
    ended = accepted_messages.accept("RegisterGitRepo", {"a": 1}, repository=bob.repository, follow_up=True)
    people.look(bob)
    ended.refresh_from_db()
    assert (ended.state, ended.error) == ("failed", "not_found")


def test_a_wish_made_during_a_sync_is_not_lost(work, bob, monkeypatch, queued):
    fetch = sync._fetch

    def slow_fetch(local_copy):
        remote = fetch(local_copy)
        sync_queue.request_sync(bob.repository_id)
        return remote

    monkeypatch.setattr(sync, "_fetch", slow_fetch)
    assert people.look(bob).dirty
    monkeypatch.setattr(sync, "_fetch", fetch)
    LocalCopy.objects.update(next_attempt_at=None)
    assert sync.sync_repository(bob.repository_id)
    assert not LocalCopy.objects.get().dirty


def test_only_one_worker_holds_a_repository(work, bob):
    sync_queue.request_sync(bob.repository_id)
    first = lease.claim(bob.repository_id)
    assert first is not None
    assert lease.claim(bob.repository_id) is None
    assert not sync.sync_repository(bob.repository_id)


def test_a_worker_that_lost_its_lease_writes_nothing(work, bob, monkeypatch):
    fetch = sync._fetch

    def overtaken_fetch(local_copy):
        remote = fetch(local_copy)
        LocalCopy.objects.update(lease_token="0" * 32)
        return remote

    monkeypatch.setattr(sync, "_fetch", overtaken_fetch)
    sync_queue.request_sync(bob.repository_id)
    sync.sync_repository(bob.repository_id)
    assert not Commit.objects.exists()
    assert people.told() == []


def test_a_dead_workers_repository_is_taken_up_after_its_lease(work, bob, time_machine):
    time_machine.move_to(timezone.now(), tick=False)
    sync_queue.request_sync(bob.repository_id)
    assert lease.claim(bob.repository_id)
    time_machine.shift(59)
    assert not sync.sync_repository(bob.repository_id)
    time_machine.shift(2)
    assert sync.sync_repository(bob.repository_id)
    assert people.told() == ["OnClone", "OnNewCommits"]


POINTS = [
    "gitsync.git.transport.fetch",
    "gitsync.git.store.index_pack",
    "gitsync.git.store.IncomingStore.install",
    "gitsync.git.history.History.read_commit",
    "gitsync.syncing.recording._write",
    "gitsync.syncing.recording.bulk.insert",
    "gitsync.syncing.sync._branch_change",
    "gitsync.syncing.rematch.match_commits",
    "gitsync.events.announce.after_success",
    "gitsync.events.outbox.OutboxEvent.objects.bulk_create",
    "gitsync.syncing.lease.release",
    "gitsync.git.store.size",
]


class Killed(BaseException):
    """As good as kill -9: nothing in the product catches it."""


@pytest.mark.parametrize("push", ["first", "second"])
@pytest.mark.parametrize("point", POINTS)
def test_killed_anywhere_and_run_again_gives_the_same_rows(git_server, work, point, push, monkeypatch, time_machine):
    time_machine.move_to(timezone.now(), tick=False)
    monkeypatch.setattr("gitsync.syncing.recording.SLICE", 2)
    people.exercise("/tp1", keywords="TP1")
    bob = people.registration(git_server.url("bob"))
    if push == "second":
        people.look(bob)
        for number in range(5):
            work.commit(f"TP1 {number}", **{f"tp1__{number}_txt": "x\n"})
        work.push()
    sync_queue.request_sync(bob.repository_id, force=True)
    with monkeypatch.context() as patch:
        calls = _die(patch, point, after=1 if point.endswith(("read_commit", "_write", "insert", "bulk_create")) else 0)
        with contextlib.suppress(Killed):
            sync.sync_repository(bob.repository_id)
        assert calls["died"] or push == "first"
    time_machine.shift(61)
    sync.sync_repository(bob.repository_id)
    reference = people.registration(git_server.url("bob"), "reference", course_id="StruDon", repo_path="/")
    reference.repository = Repository.objects.create(
        scheme="http", host=git_server.host, path="/bob-again", path_hash="again", fetch_path="/bob.git"
    )
    reference.save()
    LocalCopy.objects.create(repository=reference.repository)
    people.look(reference)
    assert people.rows(bob) == people.rows(reference)
    expected = ["OnClone", "OnNewCommits", "OnExerciseCompleted"]
    if push == "second":
        expected += ["OnPull", "OnNewCommits"]
    assert people.told(registration=bob) == expected
    assert not [name for name in store.folders() if ".new-" in name and str(LocalCopy.objects.first().folder) in name]


def _die(patch, point, after):
    """Make the call at `point` kill the process, after so many good ones."""
    calls = {"left": after, "died": False}
    owner, name = point.rsplit(".", 1)
    real = pkgutil.resolve_name(point)

    def dying(*arguments, **values):
        if calls["left"] == 0:
            calls["died"] = True
            raise Killed(point)
        calls["left"] -= 1
        return real(*arguments, **values)

    patch.setattr(pkgutil.resolve_name(owner), name, dying)
    return calls


def at(text):
    return int(datetime.fromisoformat(f"2026-03-02T{text}+00:00").timestamp())


class TestLateness:
    """The worked examples of docs/wire.md: deadline 12:00."""

    @pytest.fixture
    def looked(self, work, bob, time_machine):
        """Looked at 11:45, with nothing in it that matters."""
        time_machine.move_to(datetime(2026, 3, 2, 11, 45, tzinfo=UTC), tick=False)
        people.look(bob)
        return time_machine

    def push(self, work, committed):
        sha = work.commit("late?", at=committed, x=str(committed))
        work.push()
        return sha

    def test_pushed_between_two_looks_and_dated_monday(self, looked, work, bob):
        sha = self.push(work, at("09:00"))
        looked.move_to(datetime(2026, 3, 2, 12, 5, tzinfo=UTC), tick=False)
        people.look(bob)
        commit = Commit.objects.get(sha=sha)
        assert (commit.seen_after, commit.seen_by, commit.late_time) == (at("11:45"), at("12:05"), at("11:45"))

    def test_pushed_after_an_empty_look_and_dated_monday(self, looked, work, bob):
        looked.move_to(datetime(2026, 3, 2, 12, 5, tzinfo=UTC), tick=False)
        people.look(bob)
        sha = self.push(work, at("09:00"))
        looked.move_to(datetime(2026, 3, 2, 12, 20, tzinfo=UTC), tick=False)
        people.look(bob)
        assert Commit.objects.get(sha=sha).late_time == at("12:05")

    def test_a_hook_before_the_look_counts_as_the_moment_seen(self, looked, work, bob):
        first = self.push(work, at("13:50"))
        sha = self.push(work, at("13:51"))
        for number, received in enumerate((at("11:50"), at("11:55"))):
            Delivery.objects.create(
                repository=bob.repository, delivery_hash=str(number), received_at=received, forge="github", after=sha
            )
        looked.move_to(datetime(2026, 3, 2, 12, 10, tzinfo=UTC), tick=False)
        people.look(bob)
        assert {Commit.objects.get(sha=one).late_time for one in (first, sha)} == {at("11:50")}

    def test_a_failed_look_does_not_count(self, looked, work, bob):
        work.bare.rename(work.bare.with_name("away.git"))
        looked.move_to(datetime(2026, 3, 2, 11, 55, tzinfo=UTC), tick=False)
        people.look(bob)
        work.bare.with_name("away.git").rename(work.bare)
        sha = self.push(work, at("09:00"))
        looked.move_to(datetime(2026, 3, 2, 12, 5, tzinfo=UTC), tick=False)
        people.look(bob)
        assert Commit.objects.get(sha=sha).seen_after == at("11:45")

    def test_a_first_import_of_a_date_to_come_counts_from_the_import(self, work, bob, time_machine):
        sha = self.push(work, at("12:00") + 11 * 365 * 86_400)
        time_machine.move_to(datetime(2026, 3, 2, 12, 0, tzinfo=UTC), tick=False)
        people.look(bob)
        commit = Commit.objects.get(sha=sha)
        assert (commit.seen_after, commit.late_time) == (None, at("12:00"))

    def test_a_commit_on_a_side_branch_was_seen_when_that_was_read(self, looked, work, bob):
        work.git("checkout", "-q", "-b", "dev")
        sha = self.push(work, at("11:46"))
        looked.move_to(datetime(2026, 3, 2, 11, 50, tzinfo=UTC), tick=False)
        people.look(bob)
        assert not Commit.objects.get(sha=sha).reachable
        work.git("checkout", "-q", "main")
        work.git("merge", "-q", "--ff-only", "dev")
        work.push()
        looked.move_to(datetime(2026, 3, 2, 12, 10, tzinfo=UTC), tick=False)
        people.look(bob)
        commit = Commit.objects.get(sha=sha)
        assert (commit.reachable, commit.seen_by) == (True, at("11:50"))


def test_failures_wait_longer_and_longer_and_then_pause(bob, time_machine):
    time_machine.move_to(timezone.now(), tick=False)
    sync_queue.request_sync(bob.repository_id)
    waits = []
    for _ in range(lease.MAX_ATTEMPTS):
        assert sync.sync_repository(bob.repository_id)
        local_copy = LocalCopy.objects.get()
        waits.append((local_copy.next_attempt_at - timezone.now()).total_seconds() / 60)
        time_machine.move_to(local_copy.next_attempt_at, tick=False)
    assert 15 <= waits[0] < 19 and 60 <= waits[1] < 75 and 1440 <= waits[-1] <= 1800
    assert local_copy.status == "paused"
    assert not sync.sync_repository(bob.repository_id)
    assert people.told() == ["OnCloneFailed"]


def test_a_network_failure_is_tried_again_after_a_minute():
    pauses = [finish.backoff(attempts, Reason.UNREACHABLE).total_seconds() / 60 for attempts in (1, 2, 3, 4, 5, 9)]
    for pause, step in zip(pauses, (1, 5, 15, 60, 360, 360), strict=True):
        assert step <= pause <= step * 1.25


def test_a_fault_of_ours_is_tried_again_and_told_to_nobody(work, bob, monkeypatch):
    request = accepted_messages.accept("RegisterGitRepo", {"a": 1}, repository=bob.repository, follow_up=True)
    with monkeypatch.context() as patch:
        patch.setattr(sync, "_record", lambda *_: 1 / 0)
        local_copy = people.look(bob)
    assert (local_copy.status, local_copy.reason, local_copy.dirty) == ("failing", "internal", True)
    assert people.told() == []
    request.refresh_from_db()
    assert request.state == Request.State.PENDING
    assert people.look(bob).status == "ok"


def test_the_last_registration_takes_everything_along(work, bob):
    local_copy = people.look(bob)
    assert store.exists(local_copy.folder)
    Registration.objects.all().delete()
    sync_queue.request_sync(bob.repository_id, force=True)
    assert sync.sync_repository(bob.repository_id)
    assert not store.exists(local_copy.folder)
    assert not Repository.objects.exists()
    assert not FileChange.objects.exists()


def test_a_sync_that_ends_after_the_registration_went_leaves_nothing(work, bob, monkeypatch):
    fetch = sync._fetch

    def slow_fetch(local_copy):
        remote = fetch(local_copy)
        Registration.objects.all().delete()
        sync_queue.request_sync(bob.repository_id, force=True)
        return remote

    monkeypatch.setattr(sync, "_fetch", slow_fetch)
    local_copy = people.look(bob)
    assert local_copy.dirty
    monkeypatch.setattr(sync, "_fetch", fetch)
    LocalCopy.objects.update(next_attempt_at=None)
    assert sync.sync_repository(bob.repository_id)
    assert not Repository.objects.exists()


def test_the_sweep_finds_what_the_broker_lost(work, bob, queued, time_machine):
    time_machine.move_to(timezone.now(), tick=False)
    sync_queue.request_sync(bob.repository_id)
    queued.clear()
    tasks.sweep()
    assert queued == []  # it was queued a moment ago
    time_machine.shift(31)
    tasks.sweep()
    tasks.sweep()
    assert queued == [("gitsync.tasks.sync_address", bob.repository_id)]


def test_the_poll_looks_again_at_what_was_not_looked_at(work, bob, queued, time_machine):
    time_machine.move_to(timezone.now(), tick=False)
    people.look(bob)
    queued.clear()
    tasks.poll()
    assert not LocalCopy.objects.get().dirty
    time_machine.shift(15 * 60 + 1)
    tasks.poll()
    assert LocalCopy.objects.get().dirty
    sync.sync_repository(bob.repository_id)
    time_machine.shift(15 * 86_400)
    tasks.poll()
    assert LocalCopy.objects.get().dirty


def test_a_repository_paused_during_a_sync_stays_paused(work, bob, monkeypatch):
    fetch = sync._fetch
    monkeypatch.setattr(
        sync, "_fetch", lambda local_copy: (LocalCopy.objects.update(status="paused"), fetch(local_copy))[1]
    )
    assert people.look(bob).status == "paused"
    assert people.told() == ["OnClone", "OnNewCommits"]


def test_a_failure_that_is_over_is_not_told_of_a_repository_paused_meanwhile(work, bob, monkeypatch):
    LocalCopy.objects.update(status="failing", reason="timeout")
    fetch = sync._fetch
    monkeypatch.setattr(
        sync, "_fetch", lambda local_copy: (LocalCopy.objects.update(status="paused"), fetch(local_copy))[1]
    )
    assert people.look(bob).status == "paused"
    assert people.told() == ["OnClone", "OnNewCommits"]


@pytest.mark.django_db(transaction=True)
def test_four_workers_and_pushes_at_once_leave_each_commit_once_and_the_events_in_order(work, bob, monkeypatch):
    monkeypatch.setattr(sync_queue, "SYNC_SPACING", timedelta(0))
    done = threading.Event()
    faults = []

    def worker():
        try:
            while not done.is_set() or LocalCopy.objects.get().dirty:
                sync.sync_repository(bob.repository_id)
                time.sleep(0.01)
        except Exception as error:
            faults.append(error)
        finally:
            connection.close()

    workers = [threading.Thread(target=worker) for _ in range(4)]
    sync_queue.request_sync(bob.repository_id)
    for thread in workers:
        thread.start()
    shas = [work.head()]
    for number in range(8):
        shas.append(work.commit(f"c{number}"))
        work.push()
        sync_queue.request_sync(bob.repository_id)
    done.set()
    for thread in workers:
        thread.join(60)
    assert faults == []
    assert list(Commit.objects.filter(reachable=True).order_by("pk").values_list("sha", flat=True))[1:] == shas
    told = people.events()
    assert told[0].kind == "OnClone"
    news = [event.body for event in told if event.kind == "OnNewCommits"]
    assert [commit["commitId"] for body in news for commit in body["commits"]][1:] == shas
    assert LocalCopy.objects.get().status == "ok"


@pytest.mark.django_db(transaction=True)
def test_the_same_message_eight_times_at_once_is_one_request(bob):
    found, start = [], threading.Barrier(8)

    def accept():
        start.wait()
        try:
            with transaction.atomic():
                found.append(
                    accepted_messages.accept("RegisterGitRepo", {"a": 1}, repository=bob.repository, follow_up=True).pk
                )
        finally:
            connection.close()

    threads = [threading.Thread(target=accept) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(found) == 8
    assert Request.objects.count() == len(set(found)) == 1
