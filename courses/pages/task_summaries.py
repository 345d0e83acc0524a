"""The work of each student of a course on one task, by the deadline that counts for them. A fixed number of queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from courses.domain.answers import change_times
from courses.models import CountedCompletion, Enrolment, Progress, StudentRepository, Task
from courses.pages import completion_marks
from courses.pages.epoch_times import time_of_epoch
from courses.rules.deadlines import Deadlines, Due
from courses.rules.statuses import (
    DONE,
    DONE_LATE,
    FAILING,
    FINISHED,
    LATE,
    ON_TIME,
    OVERDUE,
    REMOVED,
    UNPROVEN,
    UNPROVEN_LATE,
    Status,
    status_of,
)
from gitsync.git.failures import failure_text


@dataclass(frozen=True)
class Summary:
    """A student's work on a task.

    `past`: the student's deadline is over. `last_before` and `last_after` are the student's last commits on the task on
    either side of their deadline, `subject` is that of the last commit. `done_at` is kept when a rewrite removed the
    completion; `removed_at` is when that was seen. `outside_folder`: every commit that completes the exercise changes
    files of other folders only. `reverted`: other commits revert the whole effect of every commit that completes it.
    `changed_late` is when the student last changed a text, if that was after the deadline. `replaced_at`: the work was
    done on time, and a rewrite replaced it by work of this time, after the deadline.
    """

    enrolment: Enrolment
    status: Status
    due: Due
    past: bool
    student_repository: StudentRepository | None
    last_before: datetime | None
    last_after: datetime | None
    subject: str
    done_at: datetime | None
    removed_at: datetime | None
    outside_folder: bool
    reverted: bool
    changed_late: datetime | None
    replaced_at: datetime | None

    @property
    def name(self) -> str:
        return self.enrolment.person.display_name

    @property
    def finished(self) -> bool:
        return self.status in FINISHED

    @property
    def done_before(self) -> bool:
        return self.status in ON_TIME

    @property
    def unproven(self) -> bool:
        """Whether only the commit's own date, or a hook that nobody confirmed, says that it was done on time."""
        return self.status in (UNPROVEN, UNPROVEN_LATE)

    @property
    def late(self) -> bool:
        """Whether the task is done late, or not done and past the deadline."""
        return self.status in (*DONE_LATE, OVERDUE) or (self.status is REMOVED and self.past)

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


def _counted(task: Task) -> set[int]:
    """Return the enrolments of the students whose removed work a teacher counts."""
    return set(CountedCompletion.objects.filter(task=task).values_list("enrolment", flat=True))


def summaries(task: Task, students: QuerySet[Enrolment] | Sequence[Enrolment], now: datetime) -> list[Summary]:
    """Return a summary for each of these students of the task's course, in their order."""
    enrolments = list(students)
    deadlines = Deadlines([task], enrolments)
    progress = {row.enrolment_id: row for row in Progress.objects.filter(task=task, enrolment__in=enrolments)}
    repository_rows = StudentRepository.objects.filter(enrolment__in=enrolments, repo_path=task.repo_path)
    student_repositories = {row.enrolment_id: row for row in repository_rows}
    commits = completion_marks.commits_of_task(task, enrolments)
    changes = change_times(task, enrolments)
    counted = _counted(task) if commits else set()
    result = []
    for enrolment in enrolments:
        row, repository = progress.get(enrolment.pk), student_repositories.get(enrolment.pk)
        due = deadlines.effective_deadline(enrolment, task)
        status = status_of(task, row, due, repository, now, unproven_is_late=task.course.unproven_is_late)
        own_commits = commits.get(enrolment.pk, [])
        before = [commit.at for commit in own_commits if commit.at <= due.limit]
        after = [commit.at for commit in own_commits if commit.at > due.limit]
        changed_at = changes.get(enrolment.pk)
        is_kept = status is not DONE or enrolment.pk in counted
        replaced = None if is_kept else completion_marks.replaced_at(own_commits, due.limit)
        done = row if row and (status in FINISHED or status is REMOVED) else None
        result.append(
            Summary(
                enrolment,
                status,
                due,
                past=due.at is not None and due.at < now,
                student_repository=repository,
                last_before=time_of_epoch(max(before, default=None), now),
                last_after=time_of_epoch(max(after, default=None), now),
                subject=own_commits[-1].subject if own_commits else "",
                done_at=time_of_epoch(done.completed_time if done else None, now),
                removed_at=done.since if done and status is REMOVED else None,
                outside_folder=status in FINISHED and completion_marks.is_outside_folder(own_commits),
                reverted=status in FINISHED and completion_marks.is_reverted(own_commits),
                changed_late=changed_at if due.is_before(changed_at) else None,
                replaced_at=time_of_epoch(replaced, now),
            )
        )
    return result
