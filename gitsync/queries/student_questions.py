"""GetLateStudents and GetStudentSummaries, answered from stored rows in a fixed number of SQL queries.

Completion and lateness follow docs/wire.md: they look at every completing commit ever seen, so that a rebase takes
nothing away.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Max, Q

from gitsync.models import Completion, Match, Registration
from gitsync.queries import answer_models
from gitsync.queries.sync_history import SEEN_COLUMNS, FirstCompletion
from gitsync.values import NO_DATE, ExerciseRequest
from kernel.database.text_hash import text_hash


def late_students(asked: ExerciseRequest, now: int | None = None) -> dict[str, Any]:
    """A LateStudentsModel: registered in the group, and not done, or done after the deadline. Sorted."""
    now = int(time.time()) if now is None else now
    late = []
    if asked.deadline != NO_DATE and now > asked.deadline:
        late = [student for student, work in _work(asked).items() if not work.completed_by(asked.deadline)]
    return answer_models.late_students_model(asked, late)


def student_summaries(asked: ExerciseRequest) -> dict[str, Any]:
    """A StudentSummariesModel: one summary for each student registered in the group, sorted."""
    summaries = [
        answer_models.student_summary(
            student,
            last_before=work.last_before,
            last_after=work.last_after,
            completed=work.completed,
            completed_before=work.completed_by(asked.deadline),
            unproven=work.unproven_by(asked.deadline),
        )
        for student, work in _work(asked).items()
    ]
    return answer_models.student_summaries_model(asked, summaries)


@dataclass(slots=True)
class Work:
    """One student's work on one exercise, over all repositories: lateness times, 0 and None = no such commit."""

    last_before: int = 0
    last_after: int = 0
    completed: bool = False
    first_completion: int | None = None
    first_look: Sequence[Any] = ()  # what made the first completion's lateness time: a FirstCompletion

    def note(self, deadline: int, late_time: int, standing: bool, look: Sequence[Any]) -> None:
        """One completing commit more; `standing`: it is reachable now."""
        if deadline == NO_DATE or late_time <= deadline:
            if late_time > self.last_before:
                self.last_before = late_time
        elif late_time > self.last_after:
            self.last_after = late_time
        self.completed |= standing
        if self.first_completion is None or late_time < self.first_completion:
            self.first_completion, self.first_look = late_time, look

    def completed_by(self, deadline: int) -> bool:
        """Completed now, and for the first time not after the deadline; without a deadline, completed."""
        if not self.completed or self.first_completion is None:
            return False
        return deadline == NO_DATE or self.first_completion <= deadline

    def unproven_by(self, deadline: int) -> bool:
        """Completed by the deadline, and that by the commit's own date alone."""
        return (
            deadline != NO_DATE
            and self.completed_by(deadline)
            and FirstCompletion(*self.first_look).is_unproven(deadline)
        )


def _work(asked: ExerciseRequest) -> dict[str, Work]:
    """By student id, sorted, in three queries whatever the number of students."""
    registrations = Registration.objects.filter(**asked.course.lookups("course"))
    if asked.group_id:
        registrations = registrations.filter(group_id=asked.group_id)
    students = dict(registrations.order_by("student__student_id").values_list("pk", "student__student_id"))
    work = {student: Work() for student in students.values()}
    exercise = {"registration__in": registrations, "exercise_path_hash": text_hash(asked.exercise_path)}
    before, after = _last(asked.deadline)
    touched = Match.objects.filter(**exercise, reason__in=Match.MATCHED).values("registration")
    for row in touched.annotate(before=before, after=after):
        if row["registration"] not in students:  # registered since the first query: not among those asked about
            continue
        one = work[students[row["registration"]]]
        one.last_before = max(one.last_before, row["before"] or 0)
        one.last_after = max(one.last_after, row["after"] or 0)
    completing = Completion.objects.filter(**exercise).order_by("commit_id")
    for registration, late_time, standing, *look in completing.values_list(
        "registration", "commit__late_time", "commit__reachable", *SEEN_COLUMNS
    ):
        if registration in students:
            work[students[registration]].note(asked.deadline, late_time, standing, look)
    return work


def _last(deadline: int) -> tuple[Max, Max]:
    """The last lateness time up to the deadline, and the last after it."""
    if deadline == NO_DATE:
        return Max("late_time"), Max("late_time", filter=Q(pk__isnull=True))
    return Max("late_time", filter=Q(late_time__lte=deadline)), Max("late_time", filter=Q(late_time__gt=deadline))
