"""One branch counts. Newer work on another one is known, and the teacher may choose it."""

import pytest
from django.utils import timezone

from gitsync.domain import branches
from gitsync.git.failures import Reason, TransportFailed
from gitsync.models import Commit, LocalCopy, Push
from gitsync.queries.remote_changes import OtherBranch, remote_changes
from gitsync.tests import builders
from gitsync.tests.builders import exercise
from gitsync.values import CourseIds
from kernel.errors import Malformed

pytestmark = pytest.mark.django_db
COURSE = CourseIds("ada", "H2027", "StruDon")


def change():
    return next(iter(remote_changes("bob").values()), None)


@pytest.fixture
def on_master(work):
    """Two newer commits on `master`; `main` counts."""
    work.git("checkout", "-q", "-b", "master")
    work.commit("TP1 on master", other_txt="1\n")
    work.commit("more", more_txt="1\n")
    work.push("origin", "master")
    return work


def test_newer_work_on_another_branch_is_counted(on_master, registration):
    builders.sync_now(registration)
    assert change().branch == "main"
    assert change().other_branches == (OtherBranch("master", 2),)


def test_work_that_is_merged_into_the_branch_is_no_longer_shown(on_master, registration):
    builders.sync_now(registration)
    on_master.git("push", "-q", "origin", "master:main")
    builders.sync_now(registration)
    assert change() is None


def test_an_older_branch_and_one_that_proves_ownership_are_not_shown(work, registration):
    first = work.git("rev-list", "--max-parents=0", "HEAD").decode().strip()
    work.git("checkout", "-q", "-b", "old", first)
    work.commit("old work", at=work.clock - 3600, old_txt="1\n")
    work.push("origin", "old")
    work.git("checkout", "-q", "-b", "atelier-0123456789abcdef", "main")
    work.commit("proof", at=work.clock + 7200)
    work.push("origin", "atelier-0123456789abcdef")
    builders.sync_now(registration)
    assert change() is None


def test_the_branch_that_the_teacher_chooses_counts(on_master, registration):
    builders.sync_now(registration)
    builders.clear_events()
    branches.choose_branch(COURSE, None, student_id="bob", repo_path="/", branch="master")
    local_copy = builders.sync_now(registration)
    assert (local_copy.branch, change().chosen, change().other_branches) == ("master", True, ())
    assert builders.event_kinds()[:2] == ["OnPull", "OnNewCommits"]
    assert Commit.objects.filter(reachable=True).count() == 4

    on_master.git("push", "-q", "origin", ":master")
    assert builders.sync_now(registration).branch == "main", "a removed branch gives way to the default one"

    branches.choose_branch(COURSE, None, student_id="bob", repo_path="/", branch="")
    assert LocalCopy.objects.get().chosen_branch == ""


def test_another_branch_that_the_teacher_chooses_is_no_rewrite(work, registration):
    """The work of `main` is no longer counted, but the student has removed nothing."""
    exercise("/tp1", keywords="TP1")
    work.git("checkout", "-q", "--orphan", "other")
    work.commit("other work", at=work.clock + 60, other_txt="1\n")
    work.push("origin", "other")
    builders.sync_now(registration)
    for branch, counted in (("other", "other"), ("", "main")):
        builders.clear_events()
        branches.choose_branch(COURSE, None, student_id="bob", repo_path="/", branch=branch)
        assert builders.sync_now(registration).branch == counted
        assert not Push.objects.filter(forced=True).exists()
        kinds = ["OnPull", "OnNewCommits", "OnExerciseCompletedUpdate", "OnCommitModelUpdate"]
        if counted == "main":
            kinds[2] = "OnExerciseCompleted"
        assert builders.event_kinds() == kinds
        assert not any("reason" in event.body for event in builders.events())


@pytest.mark.parametrize("values", [{"branch": "other"}, {"student_id": "alice"}, {"repo_path": "/depot"}])
def test_only_a_branch_of_that_repository_can_be_chosen(on_master, registration, values):
    builders.sync_now(registration)
    with pytest.raises(Malformed):
        branches.choose_branch(COURSE, None, **{"student_id": "bob", "repo_path": "/", "branch": "master", **values})


# --- while a sync runs ------------------------------------------------------------------------------------------------
@pytest.fixture
def on_orphan(work, registration):
    """A branch `other` without the work of `main`, which completes /tp1."""
    exercise("/tp1", keywords="TP1")
    work.git("checkout", "-q", "--orphan", "other")
    work.commit("other work", at=work.clock + 60, other_txt="1\n")
    work.push("origin", "other")
    builders.sync_now(registration)
    return work


def choose(branch):
    branches.choose_branch(COURSE, None, student_id="bob", repo_path="/", branch=branch)


def states():
    """The subjects of the commits that count, the branch, the choice, and whether a completion counts as removed."""
    local_copy = LocalCopy.objects.get()
    subjects = Commit.objects.filter(reachable=True).order_by("pk").values_list("message", flat=True)
    removed = any("reason" in event.body for event in builders.events())
    return [text.strip() for text in subjects], local_copy.branch, local_copy.chosen_branch, removed


@pytest.mark.database
@pytest.mark.parametrize("pushed", [False, True])
def test_a_choice_that_is_taken_back_during_a_sync_stays_taken_back(on_orphan, registration, during_fetch, pushed):
    choose("other")
    if pushed:
        on_orphan.commit("more", more_txt="1\n")
        on_orphan.push("origin", "other")
    with during_fetch(lambda: choose("")):
        assert builders.sync_now(registration).dirty
    assert states() == (["first", "TP1 done"], "", "", False), "the old branch is not written as the current one"
    builders.sync_now(registration)
    assert states() == (["first", "TP1 done"], "main", "", False)
    assert not Push.objects.filter(forced=True).exists()


@pytest.mark.database
def test_a_choice_that_was_read_before_and_is_taken_back_during_a_sync(on_orphan, registration, during_fetch):
    choose("other")
    builders.sync_now(registration)
    with during_fetch(lambda: choose("")):
        assert builders.sync_now(registration).dirty
    builders.sync_now(registration)
    assert states() == (["first", "TP1 done"], "main", "", False)
    assert not Push.objects.filter(forced=True).exists()


@pytest.mark.database
def test_a_choice_that_is_made_during_a_sync_counts_after_the_next(on_orphan, registration, during_fetch):
    with during_fetch(lambda: choose("other")):
        assert builders.sync_now(registration).dirty
    builders.sync_now(registration)
    assert states() == (["other work"], "other", "other", False)


@pytest.mark.parametrize("last", ["", "other"])
def test_a_choice_that_is_taken_back_and_made_again_during_a_sync(on_orphan, registration, during_fetch, last):
    if last:
        choose("other")
    with during_fetch(lambda: (choose("" if last else "other"), choose(last))):
        builders.sync_now(registration)
    builders.sync_now(registration)
    assert states()[1:] == (last or "main", last, False)
    assert not Push.objects.filter(forced=True).exists()


def test_a_choice_that_is_taken_back_during_a_sync_that_fails_is_read_at_once(on_orphan, registration, during_fetch):
    def fail():
        choose("")
        raise TransportFailed(Reason.TOO_SLOW)

    choose("other")
    with during_fetch(fail):
        local_copy = builders.sync_now(registration)
    assert (local_copy.dirty, local_copy.status, local_copy.branch) == (True, "ok", "")
    assert local_copy.next_attempt_at <= timezone.now()
