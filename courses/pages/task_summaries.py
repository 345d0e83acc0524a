"""What each student of a course did of one task, by the deadline that counts for them: a fixed number of queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import QuerySet

from courses.git import git_module
from courses.models import Activity, Enrolment, Progress, StudentRepository, Task
from courses.pages.unreadable_reasons import in_words
from courses.rules.deadlines import Deadlines, Due
from courses.rules.statuses import DONE, FAILING, FINISHED, LATE, OVERDUE, Status, status_of
from gitsync.queries.evidence import Look


@dataclass(frozen=True)
class Summary:
    """`last_before` and `last_after`: the student's last commits on the task on either side of their deadline."""

    enrolment: Enrolment
    state: Status
    due: Due
    student_repository: StudentRepository | None
    last_before: datetime | None
    last_after: datetime | None
    subject: str  # of the last commit
    done_at: datetime | None
    unproven: bool  # on time by the commit's own date alone

    @property
    def name(self) -> str:
        return self.enrolment.person.display_name

    @property
    def finished(self) -> bool:
        return self.state in FINISHED

    @property
    def done_before(self) -> bool:
        return self.state is DONE

    @property
    def late(self) -> bool:
        """Done late, or not done and the deadline is over."""
        return self.state in (LATE, OVERDUE)

    @property
    def late_by(self) -> timedelta | None:
        return self.done_at - self.due.at if self.state is LATE and self.done_at and self.due.at else None

    @property
    def last(self) -> datetime | None:
        return self.last_after or self.last_before

    @property
    def failure(self) -> str:
        return in_words(self.student_repository.reason) if self.state is FAILING and self.student_repository else ""


def summaries(task: Task, students: QuerySet[Enrolment] | Sequence[Enrolment], now: datetime) -> list[Summary]:
    """One for each of these students of the task's course, in their order."""
    enrolments = list(students)
    deadlines = Deadlines([task], enrolments)
    progress = {row.enrolment_id: row for row in Progress.objects.filter(task=task, enrolment__in=enrolments)}
    at_place = StudentRepository.objects.filter(enrolment__in=enrolments, repo_path=task.repo_path)
    student_repositories = {row.enrolment_id: row for row in at_place}
    looks = git_module.first_looks(task)
    commits: dict[int, list[tuple[int, str]]] = {}
    rows = Activity.objects.filter(enrolment__in=enrolments, exercise_path_hash=task.path_hash)
    for pk, at, subject in rows.order_by("at", "pk").values_list("enrolment", "at", "subject"):
        commits.setdefault(pk, []).append((at, subject))
    found = []
    for enrolment in enrolments:
        row, repository = progress.get(enrolment.pk), student_repositories.get(enrolment.pk)
        due = deadlines.effective_deadline(enrolment, task)
        state = status_of(task, row, due, repository, now)
        limit = due.at.timestamp() if due.at else float("inf")
        theirs = commits.get(enrolment.pk, [])
        found.append(
            Summary(
                enrolment,
                state,
                due,
                repository,
                _moment(max((at for at, _subject in theirs if at <= limit), default=None), now),
                _moment(max((at for at, _subject in theirs if at > limit), default=None), now),
                theirs[-1][1] if theirs else "",
                _moment(row.completed_time, now) if row and state in FINISHED else None,
                state is DONE and _is_unproven(looks.get(enrolment.person.username), due),
            )
        )
    return found


def _is_unproven(look: Look | None, due: Due) -> bool:
    return look is not None and due.at is not None and look.is_unproven(int(due.at.timestamp()))


def _moment(epoch: int | None, now: datetime) -> datetime | None:
    """An epoch second as a time; one after now (a clock ahead) is now."""
    return None if epoch is None else datetime.fromtimestamp(min(epoch, int(now.timestamp())), UTC)
