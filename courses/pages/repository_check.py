"""Whether a student's repository is kept, can be read and has commits. Reads the database only, never the network."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max

from courses.models import Activity, StudentRepository
from courses.pages.epoch_times import time_of_epoch
from courses.pages.expected_repository import ExpectedRepository


@dataclass(frozen=True)
class RepositoryCheck:
    """`commits` is 0 until the repository is read, and for an empty repository."""

    repository: ExpectedRepository
    commits: int
    last_commit: datetime | None

    @property
    def unconfirmed(self) -> bool:
        return self.repository.unconfirmed

    @property
    def waiting(self) -> bool:
        return not self.unconfirmed and self._has_state(StudentRepository.State.WAITING)

    @property
    def reachable(self) -> bool:
        return not self.unconfirmed and self._has_state(StudentRepository.State.CLONED)

    @property
    def empty(self) -> bool:
        return self.reachable and not self.commits

    def _has_state(self, state: StudentRepository.State) -> bool:
        row = self.repository.student_repository
        return row is not None and row.state == state


def check_repository(repository: ExpectedRepository, now: datetime) -> RepositoryCheck:
    """Return what the events of the Git module say about this repository."""
    if repository.student_repository is None or repository.unconfirmed:
        return RepositoryCheck(repository, 0, None)
    rows = Activity.objects.filter(
        enrolment=repository.enrolment, repo_path_hash=repository.student_repository.repo_path_hash
    ).aggregate(commits=Count("commit_id", distinct=True), last=Max("at"))
    return RepositoryCheck(repository, rows["commits"], time_of_epoch(rows["last"], now))
