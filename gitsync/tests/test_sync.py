"""From a real push over smart HTTP to rows and events."""

import pytest

from gitsync.git import store
from gitsync.models import Commit, Completion, FileChange, LocalCopy, Match, Push, Registration, Repository
from gitsync.syncing import accepted_messages, sync, sync_queue
from gitsync.tests import builders

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def test_a_first_sync_writes_commits_files_matches_and_events(work, registration):
    builders.exercise("/tp1", keywords="TP1")
    local_copy = builders.sync_now(registration)
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
    assert builders.event_kinds() == ["OnClone", "OnNewCommits", "OnExerciseCompleted"]
    commits = builders.events()[1].body["commits"]
    assert [commit["commitMessageFirstLine"] for commit in commits] == ["first", "TP1 done"]
    assert builders.events()[1].body["latestCommitBeforeThis"] == ""
    registration.refresh_from_db()
    assert (registration.announced, registration.announced_head) == ("cloned", work.head())


def test_after_a_push_only_the_new_commits_are_fetched_and_announced(work, registration, git_server):
    builders.sync_now(registration)
    builders.clear_events()
    before, bytes_before = work.head(), git_server.bytes_sent
    new = work.commit("more", more_txt="x\n")
    work.push()
    builders.sync_now(registration)
    assert builders.event_kinds() == ["OnPull", "OnNewCommits"]
    body = builders.events()[1].body
    assert body["latestCommitBeforeThis"] == before
    assert [commit["commitId"] for commit in body["commits"]] == [new]
    push = Push.objects.order_by("pk").last()
    assert (push.before, push.after, push.forced) == (before, new, False)
    assert git_server.bytes_sent - bytes_before < 2500


def test_a_sync_that_finds_nothing_new_writes_no_event_and_fetches_no_pack(work, registration, git_server):
    first = builders.sync_now(registration)
    builders.clear_events()
    git_server.requests.clear()
    local_copy = builders.sync_now(registration)
    assert builders.event_kinds() == []
    assert [method for method, _path in git_server.requests] == ["GET", "POST"]  # capabilities, refs; no pack
    assert local_copy.last_good_at > first.last_good_at


def test_an_empty_repository_is_a_clone_without_commits(git_server, registration):
    work = git_server.create("bob")
    assert builders.sync_now(registration).status == "ok"
    assert builders.event_kinds() == ["OnClone"]
    work.commit("first", a="1\n")
    work.push()
    builders.sync_now(registration)
    assert builders.event_kinds() == ["OnClone", "OnPull", "OnNewCommits"]


def test_a_forced_push_keeps_the_old_commits_and_revokes_their_completions(work, registration):
    builders.exercise("/tp1", keywords="TP1")
    builders.sync_now(registration)
    builders.clear_events()
    old = work.head()
    work.git("reset", "-q", "--hard", "HEAD~1")
    new = work.commit("something else", other_txt="x\n")
    work.push("--force", "origin", "HEAD")
    builders.sync_now(registration)
    assert builders.event_kinds() == ["OnPull", "OnNewCommits", "OnExerciseCompletedUpdate", "OnCommitModelUpdate"]
    assert builders.events()[2].body["exerciseCompleted"] == "False"
    assert dict(Commit.objects.values_list("sha", "reachable"))[old] is False
    push = Push.objects.order_by("pk").last()
    assert (push.before, push.after, push.forced) == (old, new, True)
    builders.clear_events()
    work.git("reset", "-q", "--hard", old)
    work.push("--force", "origin", "HEAD")
    builders.sync_now(registration)
    assert Commit.objects.get(sha=old).reachable
    assert builders.event_kinds() == ["OnPull", "OnNewCommits", "OnExerciseCompleted", "OnCommitModelUpdate"]


def test_a_forced_push_is_recognised_when_the_store_was_lost(work, registration):
    builders.sync_now(registration)
    old = work.head()
    store.remove(LocalCopy.objects.get().folder)
    work.git("reset", "-q", "--hard", "HEAD~1")
    work.commit("instead", b="1\n")
    work.push("--force", "origin", "HEAD")
    builders.sync_now(registration)
    assert dict(Commit.objects.values_list("message", "reachable")) == {
        "first\n": True,
        "TP1 done\n": False,
        "instead\n": True,
    }
    assert Push.objects.order_by("pk").last().before == old


def test_a_registration_follows_another_default_branch(work, registration):
    work.git("checkout", "-q", "-b", "work")
    on_side = work.commit("on a side branch", s="1\n")
    work.push()
    builders.sync_now(registration)
    assert not Commit.objects.get(sha=on_side).reachable
    builders.clear_events()
    work.git("--git-dir", str(work.bare), "symbolic-ref", "HEAD", "refs/heads/work")
    store.remove(LocalCopy.objects.get().folder)  # as for a worker on another machine
    local_copy = builders.sync_now(registration)
    assert (local_copy.branch, local_copy.head) == ("work", on_side)
    assert Commit.objects.get(sha=on_side).reachable
    assert builders.event_kinds() == ["OnPull", "OnNewCommits"]


def test_two_students_with_one_url_share_one_store(work, registration, git_server):
    alice = builders.registration(git_server.url("bob"), "alice", course_id="Other")
    builders.sync_now(registration)
    assert LocalCopy.objects.count() == 1
    assert Commit.objects.count() == 2
    for each in (registration, alice):
        assert builders.event_kinds(registration=each) == ["OnClone", "OnNewCommits"]


@pytest.mark.parametrize("status", [301, 404])
def test_a_server_that_insists_on_the_suffix_gets_it_from_then_on(git_server, status):
    git_server.status_without_suffix = status
    work = git_server.create("bob")
    work.commit("first", a="1\n")
    work.push()
    registration = builders.registration(git_server.url("bob").removesuffix(".git"))
    builders.sync_now(registration)
    git_server.requests.clear()
    builders.sync_now(registration)
    assert Repository.objects.get().fetch_path == "/bob.git"
    assert [path.split("/")[1] for _method, path in git_server.requests] == ["bob.git", "bob.git"]


def test_a_sync_ends_the_message_that_requested_it(work, registration):
    request = accepted_messages.accept("RegisterGitRepo", {"a": 1}, repository=registration.repository, follow_up=True)
    builders.sync_now(registration)
    request.refresh_from_db()
    assert (request.state, request.error) == ("done", "")


def test_with_the_last_registration_rows_and_store_are_removed(work, registration):
    local_copy = builders.sync_now(registration)
    assert store.exists(local_copy.folder)
    Registration.objects.all().delete()
    sync_queue.request_sync(registration.repository_id, force=True)
    assert sync.sync_repository(registration.repository_id)
    assert not store.exists(local_copy.folder)
    assert not Repository.objects.exists()
    assert not FileChange.objects.exists()
