"""The starter repositories of a course, and how reading them is going."""

from dataclasses import dataclass
from datetime import datetime

from gitsync.git.failures import failure_text
from gitsync.models import StarterRepository
from gitsync.values import CourseIds


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
