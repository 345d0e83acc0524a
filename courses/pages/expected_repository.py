"""A repository that a course asks a student for, as pages show it."""

from dataclasses import dataclass

from courses.models import Enrolment, StudentRepository
from courses.rules.statuses import FAILING, NO_REPOSITORY, REPOSITORY_STATUSES, UNCONFIRMED, Status
from courses.rules.tree import RepositoryPlace
from gitsync.git.failures import failure_text
from gitsync.queries.remote_changes import RemoteChange


@dataclass(frozen=True)
class ExpectedRepository:
    """A repository that a course asks a student for. `student_repository` is the one they gave, if any.

    `unconfirmed` says that it waits for the teacher's confirmation. Until then, a repository that was registered over
    the wire has no `student_repository`. `change` is what its server says about a new address or other branches.
    """

    place: RepositoryPlace
    enrolment: Enrolment
    student_repository: StudentRepository | None
    unconfirmed: bool = False
    change: RemoteChange | None = None

    @property
    def course_pk(self) -> int:
        return self.enrolment.course_id

    @property
    def username(self) -> str:
        return self.enrolment.person.username

    @property
    def status(self) -> Status:
        if self.unconfirmed:
            return UNCONFIRMED
        if self.student_repository is None:
            return NO_REPOSITORY
        return REPOSITORY_STATUSES[StudentRepository.State(self.student_repository.state)]

    @property
    def failing(self) -> bool:
        return self.status is FAILING

    @property
    def given(self) -> bool:
        return self.student_repository is not None or self.unconfirmed

    @property
    def failure(self) -> str:
        """Why the repository cannot be read; "" for one that can."""
        return failure_text(self.student_repository.reason) if self.student_repository and self.failing else ""

    @property
    def title(self) -> str:
        return self.place.title or self.enrolment.course.title
