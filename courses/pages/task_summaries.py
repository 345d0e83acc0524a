"""The work of each student of a course on one task, by the deadline that counts for them. A fixed number of queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from courses.git import git_module
from courses.models import Activity, Enrolment, Progress, StudentRepository, Task
from courses.pages.epoch_times import time_of_epoch
from courses.rules.deadlines import Deadlines, Due
from courses.rules.statuses import DONE, FAILING, FINISHED, LATE, OVERDUE, Status, status_of
from gitsync.git.failures import failure_text
from gitsync.queries.sync_history import FirstCompletion
from kernel.epoch import to_epoch


@dataclass(frozen=True)
class Summary:
    """A student's work on a task.

    `last_before` and `last_after` are the student's last commits on the task on either side of their deadline,
    `subject` is that of the last commit. `unproven`: the task is done on time by the commit's own date alone.
    """

    enrolment: Enrolment
    status: Status
    due: Due
    student_repository: StudentRepository | None
    last_before: datetime | None
    last_after: datetime | None
    subject: str
    done_at: datetime | None
    unproven: bool

    @property
    def name(self) -> str:
        return self.enrolment.person.display_name

    @property
    def finished(self) -> bool:
        return self.status in FINISHED

    @property
    def done_before(self) -> bool:
        return self.status is DONE

    @property
    def late(self) -> bool:
        """Whether the task is done late, or not done and past the deadline."""
        return self.status in (LATE, OVERDUE)

    @property
    def late_by(self) -> timedelta | None:
        return self.done_at - self.due.at if self.status is LATE and self.done_at and self.due.at else None

    @property
    def last(self) -> datetime | None:
        return self.last_after or self.last_before

    @property
    def failure(self) -> str:
        """Why the student's repository cannot be read; "" when that is not the status."""
        failing = self.student_repository if self.status is FAILING else None
        return failure_text(failing.reason) if failing else ""


def summaries(task: Task, students: QuerySet[Enrolment] | Sequence[Enrolment], now: datetime) -> list[Summary]:
    """Return a summary for each of these students of the task's course, in their order."""
    enrolments = list(students)
    deadlines = Deadlines([task], enrolments)
    progress = {row.enrolment_id: row for row in Progress.objects.filter(task=task, enrolment__in=enrolments)}
    repository_rows = StudentRepository.objects.filter(enrolment__in=enrolments, repo_path=task.repo_path)
    student_repositories = {row.enrolment_id: row for row in repository_rows}
    first_completions = git_module.first_completions(task)
    commits: dict[int, list[tuple[int, str]]] = {}
    rows = Activity.objects.filter(enrolment__in=enrolments, exercise_path_hash=task.path_hash)
    for pk, at, subject in rows.order_by("at", "pk").values_list("enrolment", "at", "subject"):
        commits.setdefault(pk, []).append((at, subject))
    result = []
    for enrolment in enrolments:
        row, repository = progress.get(enrolment.pk), student_repositories.get(enrolment.pk)
        due = deadlines.effective_deadline(enrolment, task)
        status = status_of(task, row, due, repository, now)
        own_commits = commits.get(enrolment.pk, [])
        before = [at for at, _subject in own_commits if at <= due.limit]
        after = [at for at, _subject in own_commits if at > due.limit]
        result.append(
            Summary(
                enrolment,
                status,
                due,
                repository,
                last_before=time_of_epoch(max(before, default=None), now),
                last_after=time_of_epoch(max(after, default=None), now),
                subject=own_commits[-1][1] if own_commits else "",
                done_at=time_of_epoch(row.completed_time if row and status in FINISHED else None, now),
                unproven=status is DONE and _is_unproven(first_completions.get(enrolment.person.username), due),
            )
        )
    return result


def _is_unproven(first: FirstCompletion | None, due: Due) -> bool:
    return first is not None and due.at is not None and first.is_unproven(to_epoch(due.at))
