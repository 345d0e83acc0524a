"""What is known of a repository a student gave: kept, reachable, with commits in it. Asked by the worker, told by
events; nothing here goes to the network.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max

from courses.models import Activity, StudentRepository
from courses.pages.student_overview import Repository
from kernel.epoch import from_epoch, to_epoch


@dataclass(frozen=True)
class Check:
    """`commits` is 0 while nothing was read, and for an empty repository that was."""

    repository: Repository
    commits: int
    last_commit: datetime | None

    @property
    def waiting(self) -> bool:
        row = self.repository.student_repository
        return row is not None and row.state == StudentRepository.State.WAITING

    @property
    def reachable(self) -> bool:
        row = self.repository.student_repository
        return row is not None and row.state == StudentRepository.State.CLONED

    @property
    def empty(self) -> bool:
        return self.reachable and not self.commits


def check(repository: Repository, now: datetime) -> Check:
    if repository.student_repository is None:
        return Check(repository, 0, None)
    rows = Activity.objects.filter(
        enrolment=repository.enrolment, repo_path_hash=repository.student_repository.repo_path_hash
    ).aggregate(commits=Count("commit_id", distinct=True), last=Max("at"))
    last = None if rows["last"] is None else from_epoch(min(rows["last"], to_epoch(now)))
    return Check(repository, rows["commits"], last)
