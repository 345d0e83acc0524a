"""The work of each student of a course on one task, by the deadline that counts for them. A fixed number of queries."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import NamedTuple, cast

from django.db.models import Case, F, When

from courses.domain.answers import change_times
from courses.models import CountedCompletion, Enrolment, Progress, StudentRepository, Task
from courses.pages import completion_marks
from courses.pages.class_statuses import NO_ENROLMENT
from courses.pages.completion_marks import TaskCommit
from courses.pages.epoch_times import time_of_epoch
from courses.pages.listed_students import ListedStudent, students_of
from courses.rules.deadlines import Deadlines, Due, EnrolmentKeys
from courses.rules.permissions import GroupLimit
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
from kernel.epoch import from_epoch, to_epoch


class TaskProgress(NamedTuple):
    """The stored progress of a student on a task. The fields are those of Progress.

    `removed_at` is `since` for a completion that was removed, else None.
    """

    state: str
    completed_time: int | None
    proven_time: int | None
    removed_at: datetime | None


class ReadRepository(NamedTuple):
    """A student's repository. The fields are those of StudentRepository."""

    state: str
    reason: str
    seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class Summary:
    """A student's work on a task.

    `past`: the student's deadline is over. `last_before` and `last_after` are the student's last commits on the task on
    either side of their deadline, `subject` is that of the last commit. `done_at` is kept when a rewrite removed the
    completion; `removed_at` is when that was seen. `outside_folder`: every commit that completes the exercise changes
    files of other folders only. `reverted`: other commits revert the whole effect of every commit that completes it.
    `changed_late` is when the student last changed a text, if that was after the deadline. `replaced_at`: the work was
    done on time, and a rewrite replaced it by work of this time, after the deadline.
    """

    enrolment: ListedStudent | Enrolment
    status: Status
    due: Due
    past: bool
    student_repository: ReadRepository | None
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
    def seen_at(self) -> datetime | None:
        """When the student's repository was last read."""
        return self.student_repository.seen_at if self.student_repository else None

    @property
    def failure(self) -> str:
        """Why the student's repository cannot be read; "" when that is not the status."""
        failing = self.student_repository if self.status is FAILING else None
        return failure_text(failing.reason) if failing else ""


def class_summaries(
    task: Task, students: Sequence[ListedStudent], now: datetime, limit: GroupLimit = None
) -> list[Summary]:
    """Return a summary for each of `students`, all students of the task's course within `limit`, in their order."""
    return _summaries(task, students, students_of(task.course, limit).values("pk"), now)


def summaries(task: Task, students: Iterable[Enrolment] | Sequence[ListedStudent], now: datetime) -> list[Summary]:
    """Return a summary for each of these students of the task's course, in their order."""
    enrolments = cast("list[Enrolment]", list(students))  # or all of them are of the other type
    return _summaries(task, enrolments, [enrolment.pk for enrolment in enrolments], now)


def _summaries(
    task: Task,
    students: Sequence[ListedStudent] | Sequence[Enrolment],
    keys: EnrolmentKeys,
    now: datetime,
) -> list[Summary]:
    """Return a summary for each student. `keys` are the keys of their enrolments, or a query for them."""
    deadlines = Deadlines([task], keys)
    removed_at = Case(When(state=Progress.State.REMOVED, then=F("since")))
    progress_rows = Progress.objects.filter(task=task, enrolment__in=keys).annotate(removed_at=removed_at)
    progress = {
        pk: TaskProgress._make(row) for pk, *row in progress_rows.values_list("enrolment", *TaskProgress._fields)
    }
    repository_rows = StudentRepository.objects.filter(enrolment__in=keys, repo_path=task.repo_path)
    repositories = {
        pk: ReadRepository._make(row) for pk, *row in repository_rows.values_list("enrolment", *ReadRepository._fields)
    }
    commits = completion_marks.commits_of_task(task, keys)
    changes = change_times(task, keys)
    counted = _counted(task) if commits else set()
    unproven_is_late, extended = task.course.unproven_is_late, deadlines.extended_tasks()
    group_due = cache(lambda group_id: deadlines.due(task, NO_ENROLMENT, group_id))
    latest = to_epoch(now)  # a time after it, from a clock that is ahead, counts as now
    result = []
    for student in students:
        pk = student.pk
        row, repository = progress.get(pk), repositories.get(pk)
        due = deadlines.due(task, pk, student.group_id) if pk in extended else group_due(student.group_id)
        status = status_of(task, row, due, repository, now, unproven_is_late=unproven_is_late)
        own_commits, limit = commits.get(pk, ()), due.limit
        before, after = _last_commits(own_commits, limit)
        is_finished, changed_at = status in FINISHED, changes.get(pk)
        is_kept = status is not DONE or pk in counted
        replaced = None if is_kept else completion_marks.replaced_at(own_commits, limit)
        done = row if row and (is_finished or status is REMOVED) else None
        result.append(
            Summary(
                student,
                status,
                due,
                past=due.at is not None and due.at < now,
                student_repository=repository,
                last_before=None if before is None else from_epoch(min(before, latest)),
                last_after=None if after is None else from_epoch(min(after, latest)),
                subject=own_commits[-1].subject if own_commits else "",
                done_at=time_of_epoch(done.completed_time if done else None, now),
                removed_at=done.removed_at if done else None,
                outside_folder=is_finished and completion_marks.is_outside_folder(own_commits),
                reverted=is_finished and completion_marks.is_reverted(own_commits),
                changed_late=changed_at if due.is_before(changed_at) else None,
                replaced_at=time_of_epoch(replaced, now),
            )
        )
    return result


def _last_commits(commits: Sequence[TaskCommit], limit: float) -> tuple[int | None, int | None]:
    """Return the times of the last commit up to the deadline and of the last one after it. `commits` are in order."""
    before = next((commit.at for commit in reversed(commits) if commit.at <= limit), None)
    return before, commits[-1].at if commits and commits[-1].at > limit else None


def _counted(task: Task) -> set[int]:
    """Return the enrolments of the students whose removed work a teacher counts."""
    return set(CountedCompletion.objects.filter(task=task).values_list("enrolment", flat=True))
