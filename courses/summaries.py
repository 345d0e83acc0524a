"""What each student of a course did of one task, by the deadline that counts for them: a fixed number of queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import QuerySet

from courses.deadlines import Deadlines, Due
from courses.models import Activity, Enrolment, Progress, RepositoryClaim, Task
from courses.states import FINISHED, LATE, OVERDUE, State, state_of


@dataclass(frozen=True)
class Summary:
    """`last_before` and `last_after`: the student's last commits on the task on either side of their deadline."""

    enrolment: Enrolment
    state: State
    due: Due
    last_before: datetime | None
    last_after: datetime | None

    @property
    def completed(self) -> bool:
        return self.state in FINISHED

    @property
    def completed_before(self) -> bool:
        return self.completed and self.state is not LATE

    @property
    def late(self) -> bool:
        """Done late, or not done and the deadline is over."""
        return self.state in (LATE, OVERDUE)


def summaries(task: Task, students: QuerySet[Enrolment] | Sequence[Enrolment], now: datetime) -> list[Summary]:
    """One for each of these students of the task's course, in their order."""
    enrolments = list(students)
    deadlines = Deadlines([task], enrolments)
    progress = {row.enrolment_id: row for row in Progress.objects.filter(task=task, enrolment__in=enrolments)}
    claims = {
        row.enrolment_id: row
        for row in RepositoryClaim.objects.filter(enrolment__in=enrolments, repo_path=task.repo_path)
    }
    commits: dict[int, list[int]] = {}
    rows = Activity.objects.filter(enrolment__in=enrolments, exercise_path_hash=task.path_hash)
    for pk, at in rows.values_list("enrolment", "at"):
        commits.setdefault(pk, []).append(at)
    found = []
    for enrolment in enrolments:
        due = deadlines.effective_deadline(enrolment, task)
        limit = due.at.timestamp() if due.at else float("inf")
        times = commits.get(enrolment.pk, [])
        found.append(
            Summary(
                enrolment,
                state_of(task, progress.get(enrolment.pk), due, claims.get(enrolment.pk), now),
                due,
                _moment(max((at for at in times if at <= limit), default=None)),
                _moment(max((at for at in times if at > limit), default=None)),
            )
        )
    return found


def _moment(epoch: int | None) -> datetime | None:
    return None if epoch is None else datetime.fromtimestamp(epoch, UTC)
