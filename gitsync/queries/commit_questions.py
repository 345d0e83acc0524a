"""The four questions of the wire, answered from stored rows in a fixed number of SQL queries.

Only commits reachable now are listed. Completion and lateness follow docs/wire.md: they look at every completing
commit ever seen, so that a rebase takes nothing away.
"""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Max, Q, QuerySet
from django.utils.translation import gettext as _

from gitsync.events import messages
from gitsync.events.commit_json import commit_bodies
from gitsync.models import Commit, Completion, Match, Registration
from gitsync.queries.evidence import LOOK, Look
from gitsync.wire.parsing import EVERY_COURSE, OPEN, CommitsAsked, ExerciseAsked
from kernel.errors import Malformed
from kernel.hashing import text_hash
from kernel.ids import is_under

MATCHED = (Match.Reason.EXACT, Match.Reason.FUZZY, Match.Reason.CORRECTED)


def commits_for_repo(asked: CommitsAsked) -> dict[str, Any]:
    """A CommitListModel of the student's repositories at the path; "/" = all, recursive = those below it too."""
    registrations = [one for one in _of_student(asked) if _concerns(one.repo_path, asked)]
    commits = _reachable(registrations, asked)
    return messages.commit_list_model(asked, commit_bodies(registrations, commits))


def commits_for_exercise(asked: CommitsAsked) -> dict[str, Any]:
    """A CommitListModel of the commits that touch or complete the exercise; "/" = any exercise."""
    registrations = _of_student(asked)
    matches = Match.objects.filter(registration__in=registrations, reason__in=MATCHED)
    completions = Completion.objects.filter(registration__in=registrations)
    hashes = [text_hash(path) for path in _exercises(asked, matches, completions)]
    touching = matches.filter(exercise_path_hash__in=hashes).values("file__commit")
    completing = completions.filter(exercise_path_hash__in=hashes).values("commit")
    commits = _reachable(registrations, asked).filter(Q(pk__in=touching) | Q(pk__in=completing))
    return messages.commit_list_model(asked, commit_bodies(registrations, commits))


def with_teacher(asked: CommitsAsked) -> CommitsAsked:
    """The same question with the teacher whom the original does not say: the only one of this student's
    registrations in that course. Raises Malformed when there is none, or more than one.
    """
    if asked.course.teacher_id or _is_of_all(asked):
        return asked
    rows = Registration.objects.filter(
        student__student_id=asked.student_id,
        course__semester_id=asked.course.semester_id,
        course__course_id=asked.course.course_id,
    )
    teachers = set(rows.values_list("course__teacher_id", flat=True))
    if len(teachers) != 1:
        raise Malformed("missing", _("%(field)s is missing.") % {"field": "teacherId"}, field="teacherId")
    return replace(asked, course=replace(asked.course, teacher_id=teachers.pop()))


def late_students(asked: ExerciseAsked, now: int | None = None) -> dict[str, Any]:
    """A LateStudentsModel: registered in the group, and not done, or done after the deadline. Sorted."""
    now = int(time.time()) if now is None else now
    late = []
    if asked.deadline != OPEN and now > asked.deadline:
        late = [student for student, work in _work(asked).items() if not work.completed_by(asked.deadline)]
    return messages.late_students_model(asked, late)


def student_summaries(asked: ExerciseAsked) -> dict[str, Any]:
    """A StudentSummariesModel: one summary for each student registered in the group, sorted."""
    summaries = [
        messages.student_summary(
            student,
            last_before=work.last_before,
            last_after=work.last_after,
            completed=work.completed,
            completed_before=work.completed_by(asked.deadline),
            unproven=work.unproven_by(asked.deadline),
        )
        for student, work in _work(asked).items()
    ]
    return messages.student_summaries_model(asked, summaries)


@dataclass(slots=True)
class Work:
    """One student's work on one exercise, over all repositories: lateness times, 0 and None = no such commit."""

    last_before: int = 0
    last_after: int = 0
    completed: bool = False
    first_completion: int | None = None
    first_look: Sequence[Any] = ()  # what made the first completion's lateness time: a Look

    def note(self, deadline: int, late_time: int, standing: bool, look: Sequence[Any]) -> None:
        """One completing commit more; `standing`: it is reachable now."""
        if deadline == OPEN or late_time <= deadline:
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
        return deadline == OPEN or self.first_completion <= deadline

    def unproven_by(self, deadline: int) -> bool:
        """Completed by the deadline, and that by the commit's own date alone."""
        return deadline != OPEN and self.completed_by(deadline) and Look(*self.first_look).is_unproven(deadline)


def _work(asked: ExerciseAsked) -> dict[str, Work]:
    """By student id, sorted, in three queries whatever the number of students."""
    registrations = Registration.objects.filter(
        course__teacher_id=asked.course.teacher_id,
        course__semester_id=asked.course.semester_id,
        course__course_id=asked.course.course_id,
    )
    if asked.group_id:
        registrations = registrations.filter(group_id=asked.group_id)
    students = dict(registrations.order_by("student__student_id").values_list("pk", "student__student_id"))
    work = {student: Work() for student in students.values()}
    exercise = {"registration__in": registrations, "exercise_path_hash": text_hash(asked.exercise_path)}
    before, after = _last(asked.deadline)
    touched = Match.objects.filter(**exercise, reason__in=MATCHED).values("registration")
    for row in touched.annotate(before=before, after=after):
        if row["registration"] not in students:  # registered since the first query: not among those asked about
            continue
        one = work[students[row["registration"]]]
        one.last_before = max(one.last_before, row["before"] or 0)
        one.last_after = max(one.last_after, row["after"] or 0)
    completing = Completion.objects.filter(**exercise).order_by("commit_id")
    for registration, late_time, standing, *look in completing.values_list(
        "registration", "commit__late_time", "commit__reachable", *LOOK
    ):
        if registration in students:
            work[students[registration]].note(asked.deadline, late_time, standing, look)
    return work


def _last(deadline: int) -> tuple[Max, Max]:
    """The last lateness time up to the deadline, and the last after it."""
    if deadline == OPEN:
        return Max("late_time"), Max("late_time", filter=Q(pk__isnull=True))
    return Max("late_time", filter=Q(late_time__lte=deadline)), Max("late_time", filter=Q(late_time__gt=deadline))


def _of_student(asked: CommitsAsked) -> list[Registration]:
    """The student's registrations, by course and path. The group is echoed, not asked: a student has one."""
    rows = Registration.objects.filter(
        student__student_id=asked.student_id, course__semester_id=asked.course.semester_id
    )
    if not _is_of_all(asked):
        rows = rows.filter(course__teacher_id=asked.course.teacher_id)
    if asked.course.course_id != EVERY_COURSE:
        rows = rows.filter(course__course_id=asked.course.course_id)
    return sorted(rows.select_related("course"), key=lambda row: (row.course.course_id, row.repo_path, row.pk))


def _is_of_all(asked: CommitsAsked) -> bool:
    """Whether the question is about all the student's courses of the semester, whoever teaches them."""
    return asked.every_teacher and asked.course.course_id == EVERY_COURSE


def _exercises(asked: CommitsAsked, *rows: QuerySet[Any]) -> Iterable[str]:
    """The exercises asked about: those of these rows that lie there, or the one that is named."""
    if asked.path != "/" and not asked.recursive:
        return [asked.path]
    first, *others = (of_one.order_by().values_list("exercise_path", flat=True) for of_one in rows)
    return [path for path in first.union(*others) if _concerns(path, asked)]


def _concerns(path: str, asked: CommitsAsked) -> bool:
    return asked.path == "/" or path == asked.path or (asked.recursive and is_under(path, asked.path))


def _reachable(registrations: Sequence[Registration], asked: CommitsAsked) -> QuerySet[Commit]:
    commits = Commit.objects.filter(address__in=_addresses(registrations), reachable=True)
    if asked.from_date != OPEN:
        commits = commits.filter(author_time__gte=asked.from_date)
    if asked.to_date != OPEN:
        commits = commits.filter(author_time__lte=asked.to_date)
    return commits.order_by("author_time", "sha")


def _addresses(registrations: Iterable[Registration]) -> list[int]:
    return sorted({registration.address_id for registration in registrations})
