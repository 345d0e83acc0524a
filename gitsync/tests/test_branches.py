"""One branch counts. Newer work on another one is known, and the teacher may choose it."""

import pytest

from gitsync.domain import branches
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
