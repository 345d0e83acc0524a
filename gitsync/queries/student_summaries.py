"""Answer GetLateStudents and GetStudentSummaries from stored rows.

The number of SQL queries is fixed.

Completion and lateness follow docs/wire.md. Every completing commit that was ever seen counts, so that a rebase takes
nothing away.
"""

import time
from dataclasses import dataclass
from typing import Any

from django.db.models import Max, Q

from gitsync.models import Completion, Match, Registration
from gitsync.queries import response_models
from gitsync.queries.sync_history import FirstCompletion
from gitsync.values import NO_DATE, ExerciseRequest
from kernel.database.text_hash import text_hash

COMPLETION_COLUMNS = ("late_time", "commit__reachable", "claimed_time", "seen_by")  # of `Work.add_completion`


def late_students(request: ExerciseRequest, now: int | None = None) -> dict[str, Any]:
    """Return a LateStudentsModel: students of the group who are not done, or done too late.

    No student is late before the deadline, or without one. `now` is in epoch seconds.
    """
    now = int(time.time()) if now is None else now
    late = []
    if request.deadline != NO_DATE and now > request.deadline:
        late = [student for student, work in _work(request).items() if not work.completed_by(request.deadline)]
    return response_models.late_students_model(request, late)


def student_summaries(request: ExerciseRequest) -> dict[str, Any]:
    """Return a StudentSummariesModel with each student registered in the group, sorted."""
    summaries = [
        response_models.student_summary(
            student,
            last_before=work.last_before,
            last_after=work.last_after,
            completed=work.completed,
            completed_before=work.completed_by(request.deadline),
            unproven=work.unproven_by(request.deadline),
        )
        for student, work in _work(request).items()
    ]
    return response_models.student_summaries_model(request, summaries)


@dataclass(slots=True)
class Work:
    """One student's work on one exercise, over all their repositories.

    The times are lateness times of commits; 0 and None mean that there is no such commit. `first` has the earliest
    times of all completing commits that were ever seen.
    """

    last_before: int = 0
    last_after: int = 0
    completed: bool = False
    first: FirstCompletion | None = None

    def add_completion(self, deadline: int, late_time: int, reachable: bool, claimed_time: int, seen_by: int) -> None:
        """Count one completing commit."""
        if deadline == NO_DATE or late_time <= deadline:
            if late_time > self.last_before:
                self.last_before = late_time
        elif late_time > self.last_after:
            self.last_after = late_time
        self.completed |= reachable
        completion = FirstCompletion(claimed_time, seen_by)
        self.first = completion.earliest_of(self.first) if self.first else completion

    def completed_by(self, deadline: int) -> bool:
        """Return whether it is completed now, for the first time not after the deadline.

        Without a deadline, return whether it is completed.
        """
        if not self.completed or self.first is None:
            return False
        return deadline == NO_DATE or self.first.claimed_time <= deadline

    def unproven_by(self, deadline: int) -> bool:
        """Return whether it is completed by the deadline, but was first seen after it."""
        if deadline == NO_DATE or not self.completed or self.first is None:
            return False
        return self.first.is_unproven(deadline)


def _work(request: ExerciseRequest) -> dict[str, Work]:
    """Return the work by student id, sorted, in three queries for any number of students."""
    registrations = Registration.objects.filter(**request.course.lookups("course"))
    if request.group_id:
        registrations = registrations.filter(group_id=request.group_id)
    students = dict(registrations.order_by("student__student_id").values_list("pk", "student__student_id"))
    work = {student: Work() for student in students.values()}
    shown = registrations.shown()  # a student whose registration is hidden is in the list, without any work
    exercise = {"registration__in": shown, "exercise_path_hash": text_hash(request.exercise_path)}
    before, after = _last_times(request.deadline)
    touched = Match.objects.filter(**exercise, reason__in=Match.MATCHED).values("registration")
    for row in touched.annotate(before=before, after=after):
        if row["registration"] not in students:  # registered since the first query
            continue
        student_work = work[students[row["registration"]]]
        student_work.last_before = max(student_work.last_before, row["before"] or 0)
        student_work.last_after = max(student_work.last_after, row["after"] or 0)
    completing = Completion.objects.filter(**exercise).order_by("commit_id")
    for registration, *values in completing.values_list("registration", *COMPLETION_COLUMNS):
        if registration in students:
            work[students[registration]].add_completion(request.deadline, *values)
    return work


def _last_times(deadline: int) -> tuple[Max, Max]:
    """Return aggregates: the last lateness time up to the deadline, and the last after it."""
    if deadline == NO_DATE:
        return Max("late_time"), Max("late_time", filter=Q(pk__isnull=True))
    return Max("late_time", filter=Q(late_time__lte=deadline)), Max("late_time", filter=Q(late_time__gt=deadline))
