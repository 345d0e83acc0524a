"""The evidence that the Git module of this installation has in its own rows: reads, rewrites, handed-out commits."""

from courses.domain import student_repositories
from courses.git import git_module
from courses.tests.conftest import DEADLINE, commit
from gitsync.domain import starters
from gitsync.models import Commit, HandedOut, Push, Registration, StarterCommit, StarterRepository

URL = "https://git.example/{}/strudon.git"


def registered(enrolment):
    name = enrolment.person.username
    student_repositories.give_repository(enrolment.person, enrolment, repo_path="/depot", url=URL.format(name))
    return Registration.objects.select_related("repository").get(student__student_id=name)


def test_a_rewrite_is_told_where_the_student_gave_the_repository_and_not_before(school):
    alice, bob = registered(school.alice), registered(school.bob)
    given = int(alice.created_at.timestamp())
    for row, at, forced in ((alice, given - 9, True), (alice, given + 9, True), (alice, given + 10, False)):
        Push.objects.create(repository=row.repository, received_at=at, forced=forced)
    Push.objects.create(repository=bob.repository, received_at=given + 99, forced=True)
    assert [(one.repo_path, one.at) for one in git_module.rewrites(school.alice)] == [("/depot", given + 9)]


def test_a_git_module_elsewhere_does_not_tell(school, settings):
    alice = registered(school.alice)
    Push.objects.create(repository=alice.repository, received_at=int(alice.created_at.timestamp()) + 9, forced=True)
    settings.GIT_MODULE_URL = "https://git-module.example"
    assert git_module.rewrites(school.alice) == []


def test_a_commit_that_was_handed_out_says_so(school, send_event, client_of):
    registered(school.alice)
    handed_out, own = commit("a" * 40, DEADLINE), commit("b" * 40, DEADLINE)
    send_event("OnNewCommits", repoPath="/depot", commits=[handed_out, own])
    starters.name_starter(git_module.wire_ids(school.course), exercise_path=school.first.path, sha="a" * 40)
    HandedOut.objects.create(starter=StarterCommit.objects.get(), sha="a" * 40)
    address = f"/courses/{school.course.pk}/students/alice/"
    for reader in (school.course.teacher, school.alice.person):
        page = client_of(reader).get(address).content.decode()
        assert page.count("handed out by the teacher") == 1
        assert page.count(">no task<") == 1


def test_a_commit_of_a_starter_repository_says_so(school, send_event, client_of):
    registered(school.alice)
    send_event("OnNewCommits", repoPath="/depot", commits=[commit("a" * 40, DEADLINE), commit("b" * 40, DEADLINE)])
    starter = "https://git.example/school/starter.git"
    starters.name_starter_repository(git_module.wire_ids(school.course), repo_url=starter)
    read = {"author_time": 1, "committer_time": 1, "seen_by": 1, "late_time": 1}
    Commit.objects.create(repository=StarterRepository.objects.get().repository, sha="a" * 40, **read)
    page = client_of(school.course.teacher).get(f"/courses/{school.course.pk}/students/alice/").content.decode()
    assert page.count("handed out by the teacher") == 1
