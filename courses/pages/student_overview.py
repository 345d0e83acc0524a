"""A student's own tasks, repositories and statuses, in one course or in all of them. Nothing of other students."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef

from accounts.models import User
from courses.git import remote_changes
from courses.models import CountedCompletion, Course, Enrolment, Progress, StudentRepository, Task
from courses.pages.epoch_times import time_of_epoch
from courses.pages.expected_repository import ExpectedRepository
from courses.pages.progress_bar import progress_bar
from courses.rules.deadlines import Deadlines, Due
from courses.rules.statuses import (
    BLOCKED,
    DONE_LATE,
    FAILING,
    FINISHED,
    ON_TIME,
    OVERDUE,
    REMOVED,
    UNPROVEN,
    UNPROVEN_LATE,
    Status,
    status_of,
)
from courses.rules.tree import Node, outline, repository_places, work_nodes

UNREAD = StudentRepository(state=StudentRepository.State.WAITING)  # in place of one that waits for confirmation
MAX_LIVE_COURSES = 50  # an overview follows the changes of so many courses


@dataclass(frozen=True)
class StudentTask:
    """A task of a course for one student. `status` is None for a chapter, which asks for no work itself.

    `done_at` is the first time that the task was done. It is set for a task that is done now, and for one whose
    completion a rewrite removed at `removed_at`. `repository` is the one that an exercise reads. `counted`: a teacher
    counts a completion that a rewrite removed.
    """

    node: Node
    enrolment: Enrolment
    status: Status | None
    due: Due
    overdue_by: timedelta | None
    effort: int
    last_activity: datetime | None
    done_at: datetime | None
    removed_at: datetime | None
    repository: ExpectedRepository | None
    counted: bool

    @property
    def finished(self) -> bool:
        return self.status in FINISHED

    @property
    def unproven(self) -> bool:
        """Whether only the commit's own date, or a hook that nobody confirmed, says that it was done on time."""
        return self.status in (UNPROVEN, UNPROVEN_LATE)

    @property
    def blocked(self) -> bool:
        return self.status is BLOCKED

    @property
    def failing(self) -> bool:
        return self.status is FAILING

    @property
    def overdue(self) -> bool:
        return self.status is OVERDUE


@dataclass
class StudentOverview:
    """One course for one student: its tasks in reading order, and its repositories."""

    enrolment: Enrolment
    tasks: list[StudentTask]
    repositories: list[ExpectedRepository]

    @property
    def work(self) -> list[StudentTask]:
        """The tasks that ask for work: all but the chapters."""
        return [task for task in self.tasks if task.status is not None]

    @property
    def with_files(self) -> list[StudentTask]:
        """The exercises that commits touched, so that there may be files to read."""
        return [task for task in self.work if task.node.task.is_exercise and task.last_activity]

    @property
    def counts(self) -> Counter[str]:
        """The number of tasks with each status, by its key."""
        return Counter(task.status.key for task in self.work if task.status is not None)

    @property
    def on_time(self) -> int:
        return sum(self.counts[status.key] for status in ON_TIME)

    @property
    def late(self) -> list[StudentTask]:
        return [task for task in self.work if task.status in DONE_LATE]

    @property
    def unproven(self) -> list[StudentTask]:
        return [task for task in self.work if task.unproven]

    @property
    def overdue(self) -> int:
        return self.counts["overdue"]

    @property
    def extended(self) -> list[StudentTask]:
        return [task for task in self.work if task.due.extended]

    @property
    def has_repository(self) -> bool:
        """Whether the student gave a repository to push to."""
        return any(repository.given for repository in self.repositories)

    @property
    def seen_at(self) -> datetime | None:
        """When a repository of the student was last read."""
        times = [
            repository.student_repository.seen_at
            for repository in self.repositories
            if repository.student_repository and repository.student_repository.seen_at
        ]
        return max(times, default=None)

    @property
    def finished(self) -> int:
        return sum(task.finished for task in self.work)

    @property
    def bars(self) -> list[tuple[str, float, float]]:
        return progress_bar(self.counts, len(self.work))


def overviews_of(person: User, now: datetime) -> list[StudentOverview]:
    """Return the courses that a student takes and that are not archived, in a constant number of queries."""
    enrolments = list(
        Enrolment.objects.filter(person=person, role=Enrolment.Role.STUDENT, course__archived_at=None)
        .select_related("course__semester__teacher", "person", "group")
        .order_by("course__title", "pk")
    )
    return _overviews(enrolments, now)


def overview_of(enrolment: Enrolment, now: datetime) -> StudentOverview:
    return _overviews([enrolment], now)[0]


def _overviews(enrolments: Sequence[Enrolment], now: datetime) -> list[StudentOverview]:
    by_course: dict[int, list[Task]] = {}
    course_ids = [enrolment.course_id for enrolment in enrolments]
    for task in Task.objects.without_statements().filter(course__in=course_ids):
        by_course.setdefault(task.course_id, []).append(task)
    deadlines = Deadlines(
        [task for tasks in by_course.values() for task in tasks], [enrolment.pk for enrolment in enrolments]
    )
    counted = CountedCompletion.objects.filter(enrolment=OuterRef("enrolment"), task=OuterRef("task"))
    progress_rows = Progress.objects.filter(enrolment__in=enrolments).annotate(counted=Exists(counted))
    progress = {(row.enrolment_id, row.task_id): row for row in progress_rows}
    student_repositories = {
        (row.enrolment_id, row.repo_path): row for row in StudentRepository.objects.filter(enrolment__in=enrolments)
    }
    changes = remote_changes.changes_of(enrolments)
    unconfirmed = {place for place, change in changes.items() if change.unconfirmed}
    overviews = []
    for enrolment in enrolments:
        nodes = outline(by_course.get(enrolment.course_id, []))
        work = set(work_nodes(nodes))
        repositories = [
            ExpectedRepository(
                place,
                enrolment,
                student_repositories.get((enrolment.pk, place.repo_path)),
                (enrolment.pk, place.repo_path) in unconfirmed,
                changes.get((enrolment.pk, place.repo_path)),
            )
            for place in repository_places(nodes)
        ]
        by_path = {repository.place.repo_path: repository for repository in repositories}
        student_tasks = []
        for node in nodes:
            if node.task.asks_for == Task.Asks.REPOSITORY:
                continue
            row = progress.get((enrolment.pk, node.task.pk))
            due = deadlines.effective_deadline(enrolment, node.task)
            given = student_repositories.get((enrolment.pk, node.task.repo_path))
            if (enrolment.pk, node.task.repo_path) in unconfirmed:
                given = UNREAD
            status = (
                status_of(node.task, row, due, given, now, unproven_is_late=enrolment.course.unproven_is_late)
                if node in work
                else None
            )
            done = row if row and (status in FINISHED or status is REMOVED) else None
            student_tasks.append(
                StudentTask(
                    node,
                    enrolment,
                    status,
                    due,
                    overdue_by=now - due.at if status is OVERDUE and due.at else None,
                    effort=row.effort if row else 0,
                    last_activity=time_of_epoch(row.last_activity if row else None, now),
                    done_at=time_of_epoch(done.completed_time if done else None, now),
                    removed_at=done.since if done and status is REMOVED else None,
                    repository=by_path.get(node.task.repo_path) if node.task.is_exercise else None,
                    counted=row is not None and row.counted,
                )
            )
        overviews.append(StudentOverview(enrolment, student_tasks, repositories))
    return overviews


def live_topics(overviews: Sequence[StudentOverview], taught: Sequence[Course]) -> list[str]:
    """Return the topics of a page with these courses: the plans of courses taken, everything of courses taught.

    Of very many courses (staff see them all) only the first are followed, because the page's ticket holds all topics.
    """
    plans = dict.fromkeys(overview.enrolment.course.plan_topic for overview in overviews)
    return [*plans, *(course.topic for course in taught[:MAX_LIVE_COURSES])]
