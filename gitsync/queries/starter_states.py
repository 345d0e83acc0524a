"""The starter repositories of a course, and how reading them is going."""

from dataclasses import dataclass
from datetime import datetime

from gitsync.git.failures import failure_text
from gitsync.models import Registration, StarterCommit, StarterRepository
from gitsync.rules.repository_url import parse
from gitsync.values import CourseIds
from kernel.database.text_hash import text_hash
from kernel.errors import Malformed


@dataclass(frozen=True, slots=True)
class StarterState:
    """A starter repository. `reason` says why it cannot be read, "" when it can or was not read yet.

    `read_at` is when it was last read, None before that.
    """

    repo_url: str
    reason: str
    read_at: datetime | None

    @property
    def failure(self) -> str:
        """Why the repository cannot be read, as a sentence; "" when it can or was not read yet."""
        return failure_text(self.reason) if self.reason else ""


def starter_states(course: CourseIds) -> dict[str, StarterState]:
    """Return the starter repositories of a course by the path of the exercise, "" for the whole course. One query."""
    rows = StarterRepository.objects.filter(**course.lookups("course")).select_related("repository__local_copy")
    return {
        row.exercise_path: StarterState(
            row.repo_url, row.repository.local_copy.reason, row.repository.local_copy.last_good_at
        )
        for row in rows
    }


def unfound_commits(course: CourseIds) -> set[str]:
    """Return the exercises ("": the whole course) whose starter commit no repository of the course had yet."""
    rows = StarterCommit.objects.filter(read_at=None, **course.lookups("course"))
    return set(rows.values_list("exercise_path", flat=True))


def students_with_repository(course: CourseIds, repo_url: str) -> list[str]:
    """Return the students of a course who registered this repository, sorted; nobody for a malformed URL."""
    try:
        url = parse(repo_url)
    except Malformed:
        return []
    rows = Registration.objects.filter(
        repository__host=url.host, repository__path_hash=text_hash(url.path), **course.lookups("course")
    )
    return sorted(set(rows.values_list("student__student_id", flat=True)))
