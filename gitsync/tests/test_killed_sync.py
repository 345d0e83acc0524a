"""A sync killed at any place and run again gives the rows and events of a whole one."""

import contextlib
import pkgutil

import pytest
from django.utils import timezone

from gitsync.git import store
from gitsync.models import LocalCopy, Repository
from gitsync.syncing import sync, sync_queue
from gitsync.tests import builders

pytestmark = [pytest.mark.django_db, pytest.mark.database]
PLACES = [
    "gitsync.git.transport.fetch",
    "gitsync.git.store.index_pack",
    "gitsync.git.store.IncomingStore.install",
    "gitsync.git.history.History.read_commit",
    "gitsync.syncing.recording._write",
    "gitsync.syncing.recording.bulk.insert",
    "gitsync.syncing.sync._branch_change",
    "gitsync.syncing.derived_rows.match_commits",
    "gitsync.events.announce.after_success",
    "gitsync.events.outbox.insert",
    "gitsync.syncing.lease.release",
    "gitsync.git.store.size",
]


class Killed(BaseException):
    """Raised instead of kill -9: nothing in the product catches it."""


@pytest.mark.parametrize("push", ["first", "second"])
@pytest.mark.parametrize("place", PLACES)
def test_a_sync_killed_anywhere_and_run_again_gives_the_same_rows(
    git_server, work, place, push, monkeypatch, time_machine
):
    time_machine.move_to(timezone.now(), tick=False)
    monkeypatch.setattr("gitsync.syncing.recording.SLICE", 2)
    builders.exercise("/tp1", keywords="TP1")
    bob = builders.registration(git_server.url("bob"))
    if push == "second":
        builders.sync_now(bob)
        for number in range(5):
            work.commit(f"TP1 {number}", **{f"tp1__{number}_txt": "x\n"})
        work.push()
    sync_queue.request_sync(bob.repository_id, force=True)
    with monkeypatch.context() as patch:
        calls = die_at(patch, place, after=1 if place.endswith(("read_commit", "_write", "insert")) else 0)
        with contextlib.suppress(Killed):
            sync.sync_repository(bob.repository_id)
        assert calls["died"] or push == "first"
    time_machine.shift(61)
    sync.sync_repository(bob.repository_id)
    reference = builders.registration(git_server.url("bob"), "reference", course_id="StruDon", repo_path="/")
    reference.repository = Repository.objects.create(
        scheme="http", host=git_server.host, path="/bob-again", path_hash="again", fetch_path="/bob.git"
    )
    reference.save()
    LocalCopy.objects.create(repository=reference.repository)
    builders.sync_now(reference)
    assert builders.stored_rows(bob) == builders.stored_rows(reference)
    expected = ["OnClone", "OnNewCommits", "OnExerciseCompleted"]
    if push == "second":
        expected += ["OnPull", "OnNewCommits"]
    assert builders.event_kinds(registration=bob) == expected
    assert not [name for name in store.folders() if ".new-" in name and str(LocalCopy.objects.first().folder) in name]


def die_at(patch, place, after):
    """Make the call at `place` raise Killed, after so many calls that succeed."""
    calls = {"left": after, "died": False}
    owner, name = place.rsplit(".", 1)
    real = pkgutil.resolve_name(place)

    def dying(*arguments, **values):
        if calls["left"] == 0:
            calls["died"] = True
            raise Killed(place)
        calls["left"] -= 1
        return real(*arguments, **values)

    patch.setattr(pkgutil.resolve_name(owner), name, dying)
    return calls
