"""What the Git module of this installation proves: its looks and the rewrites it saw, from its own rows."""

from courses.domain import student_repositories
from courses.git import git_module
from gitsync.models import Push, Registration

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
