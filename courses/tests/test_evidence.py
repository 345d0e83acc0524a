"""What the Git module of this installation proves: its looks and the rewrites it saw, from its own rows."""

from datetime import timedelta

from courses.domain import student_repositories
from courses.git import git_module
from courses.tests.conftest import DEADLINE
from gitsync.models import Commit, Completion, Push, Registration
from gitsync.queries.sync_history import FirstCompletion
from kernel.database.text_hash import text_hash

URL = "https://git.example/{}/strudon.git"


def completing(row, sha, late_time, **looks):
    commit = Commit.objects.create(
        repository=row.repository, sha=sha, author_time=1, committer_time=late_time, late_time=late_time, **looks
    )
    Completion.objects.create(
        registration=row,
        commit=commit,
        exercise_path="/tp1/exercice1",
        exercise_path_hash=text_hash("/tp1/exercice1"),
    )


def registered(enrolment):
    name = enrolment.person.username
    student_repositories.give_repository(enrolment.person, enrolment, repo_path="/depot", url=URL.format(name))
    return Registration.objects.select_related("repository").get(student__student_id=name)


def test_the_first_completing_commit_of_each_student_is_what_counts(school):
    alice, bob = registered(school.alice), registered(school.bob)
    completing(alice, "b" * 40, 200, seen_after=150, seen_by=250)
    completing(alice, "a" * 40, 100, seen_after=None, seen_by=180)
    completing(bob, "c" * 40, 300, seen_after=1, seen_by=400)
    assert git_module.first_completions(school.first) == {
        "alice": FirstCompletion(100, None, 180),
        "bob": FirstCompletion(300, 1, 400),
    }
    assert git_module.first_completions(school.second) == {}


def test_a_rewrite_is_told_where_the_student_gave_the_repository_and_not_before(school):
    alice, bob = registered(school.alice), registered(school.bob)
    given = int(alice.created_at.timestamp())
    for row, at, forced in ((alice, given - 9, True), (alice, given + 9, True), (alice, given + 10, False)):
        Push.objects.create(repository=row.repository, received_at=at, forced=forced)
    Push.objects.create(repository=bob.repository, received_at=given + 99, forced=True)
    assert [(one.repo_path, one.at) for one in git_module.rewrites(school.alice)] == [("/depot", given + 9)]


def test_a_git_module_elsewhere_does_not_tell(school, settings):
    completing(registered(school.alice), "a" * 40, int((DEADLINE - timedelta(days=1)).timestamp()), seen_by=2)
    settings.GIT_MODULE_URL = "https://git-module.example"
    assert git_module.first_completions(school.first) == {}
    assert git_module.rewrites(school.alice) == []
