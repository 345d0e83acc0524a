"""Starter commits: what a teacher handed out completes nothing and has no effort."""

import pytest

from gitsync.domain import starters
from gitsync.models import Completion, HandedOut, Match, Request, StarterCommit
from gitsync.queries import commit_lists, student_summaries
from gitsync.syncing.rematch import rematch_course
from gitsync.tests import builders
from gitsync.values import CommitsRequest, CourseIds, ExerciseRequest
from kernel.errors import Malformed

pytestmark = pytest.mark.django_db
COURSE = CourseIds("ada", "H2027", "StruDon")


@pytest.fixture
def starter(git_server):
    """Bob's repository: the two commits of the starter, whose last one has the keyword in its message."""
    builders.exercise("/tp1", keywords="TP1")
    work = git_server.create("bob")
    work.commit("skeleton", README_txt="hello\n")
    sha = work.commit("TP1 starter", tp1__Main_txt="1\n2\n3\n")
    work.push()
    return work, sha


def completed():
    return sorted(set(Completion.objects.values_list("commit__message", flat=True)))


def summary():
    request = ExerciseRequest(COURSE, "", "/tp1", 2_000_000_000)
    (row,) = student_summaries.student_summaries(request)["summaries"]
    return row["exerciseCompleted"], row["lastCommitBeforeDeadline"] > 0


def efforts():
    request = CommitsRequest(COURSE, "", "bob", "repoPath", "/")
    commits = commit_lists.commits_for_repo(request)["commits"]["value"]
    return [commit["estimatedEffort"] for commit in commits]


def test_a_starter_that_is_named_before_the_first_read_completes_nothing(starter, registration):
    work, sha = starter
    starters.name_starter(COURSE, sha=sha)
    builders.sync_now(registration)
    assert completed() == []
    assert set(Match.objects.values_list("exercise_path", "reason")) == {("/", "starter")}
    assert (summary(), efforts()) == ((False, False), [0, 0])
    assert HandedOut.objects.count() == 2

    work.commit("TP1 done", tp1__Main_txt="1\n2\n3\n4\n")
    work.push()
    builders.sync_now(registration)
    assert completed() == ["TP1 done\n"]
    assert (summary(), efforts()) == ((True, True), [0, 0, 1])


def test_a_starter_that_is_named_later_takes_completions_back_and_its_end_gives_them_again(starter, registration):
    _work, sha = starter
    builders.sync_now(registration)
    assert completed() == ["TP1 starter\n"]
    before = builders.stored_rows(registration)
    starters.name_starter(COURSE, sha=sha)
    builders.clear_events()
    rematch_course(registration.course_id)
    assert completed() == []
    assert builders.event_kinds() == ["OnExerciseCompletedUpdate", "OnCommitModelUpdate"]
    assert not Request.objects.filter(state="pending").exists()
    starters.name_starter(COURSE, sha="")
    rematch_course(registration.course_id)
    assert builders.stored_rows(registration) == before
    assert not HandedOut.objects.exists()


def test_a_starter_of_one_exercise_leaves_the_others(starter, registration):
    _work, sha = starter
    builders.exercise("/tp2", keywords="skeleton")
    starters.name_starter(COURSE, exercise_path="/tp1", sha=sha)
    builders.sync_now(registration)
    assert completed() == ["skeleton\n"]


def test_a_starter_commit_is_read_from_one_repository_only(starter, registration, git_server):
    work, sha = starter
    starters.name_starter(COURSE, sha=sha)
    builders.sync_now(registration)
    read_at = StarterCommit.objects.get().read_at
    other = git_server.create("carol")
    other.git("fetch", "-q", str(work.folder), "main")
    other.git("reset", "-q", "--hard", "FETCH_HEAD")
    other.push()
    builders.sync_now(builders.registration(git_server.url("carol"), "carol"))
    assert StarterCommit.objects.get().read_at == read_at
    assert completed() == []


def test_a_starter_that_no_repository_has_changes_nothing(starter, registration):
    starters.name_starter(COURSE, sha="a" * 40)
    builders.sync_now(registration)
    rematch_course(registration.course_id)
    assert completed() == ["TP1 starter\n"]
    assert StarterCommit.objects.get().read_at is None


@pytest.mark.parametrize("sha", ["abc", "z" * 40, "a" * 41, "main"])
def test_only_a_full_commit_id_is_taken(sha):
    with pytest.raises(Malformed):
        starters.clean_sha(sha)
    assert starters.clean_sha(f" {'A' * 40} ") == "a" * 40
