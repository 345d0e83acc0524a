"""Repositories whose reading has failed several times. Only the Git module of this installation counts the attempts."""

from collections.abc import Sequence

from courses.git.git_module import is_remote, wire_ids
from courses.models import StudentRepository
from gitsync.queries import failing

ATTEMPTS = 3


def failed_often(repositories: Sequence[StudentRepository]) -> set[int]:
    """Return the keys of those that failed ATTEMPTS times in a row or more. Nothing where the Git module is elsewhere.

    The enrolments must be loaded with their course, semester, teacher and person. One query.
    """
    if is_remote() or not repositories:
        return set()
    students = {repository.enrolment.person.username for repository in repositories}
    failed = failing.failed_often(students, ATTEMPTS)
    return {
        repository.pk
        for repository in repositories
        if (wire_ids(repository.enrolment.course), repository.enrolment.person.username, repository.repo_path) in failed
    }
