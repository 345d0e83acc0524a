"""The registrations that are hidden until the teacher confirms them."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db.models import Count, Max

from gitsync.models import Registration
from gitsync.values import CourseIds
from kernel.database.compiled import CompiledQuery, padded

HIDDEN_BY_COURSE = CompiledQuery(
    lambda *teacher_ids: (
        Registration.objects.waiting()
        .filter(course__teacher_id__in=teacher_ids)
        .values_list("course__teacher_id", "course__semester_id", "course__course_id")
        .annotate(number=Count("pk"))
        .order_by()
    )
)


@dataclass(frozen=True, slots=True)
class WaitingRegistration:
    """A hidden registration.

    `sharers` are the other students of the course who registered the same repository, sorted. `again`: the student had
    another repository there before, or the same one, which was removed.
    """

    pk: int
    student_id: str
    repo_path: str
    repo_url: str
    created_at: datetime
    sharers: tuple[str, ...]
    again: bool = False


def waiting_registrations(course: CourseIds) -> list[WaitingRegistration]:
    """Return the hidden registrations of a course, by student and path. Two queries."""
    in_course = Registration.objects.filter(**course.lookups("course"))
    rows = in_course.waiting().select_related("student").order_by("student__student_id", "repo_path", "pk")
    registrations = list(rows)
    students: dict[int, set[str]] = {row.repository_id: set() for row in registrations}
    if registrations:
        same = in_course.filter(repository__in=students)
        for repository_id, student_id in same.values_list("repository_id", "student__student_id"):
            students.setdefault(repository_id, set()).add(student_id)
    return [
        WaitingRegistration(
            row.pk,
            row.student.student_id,
            row.repo_path,
            row.repo_url,
            row.created_at,
            tuple(sorted(students[row.repository_id] - {row.student.student_id})),
            row.registered_again,
        )
        for row in registrations
    ]


def count_waiting(teacher_ids: Collection[str]) -> Counter[CourseIds]:
    """Return the number of hidden registrations of each course of these teachers that has any. One query."""
    if not teacher_ids:
        return Counter()
    rows = HIDDEN_BY_COURSE.rows(*padded(teacher_ids))
    return Counter({CourseIds(*ids): number for *ids, number in rows})


class Waiting(NamedTuple):
    """The number of hidden registrations of a course, and the key of the newest one."""

    number: int
    newest: int


def newest_waiting(teacher_ids: Collection[str]) -> dict[CourseIds, Waiting]:
    """Return this for each course of these teachers that has any. One query."""
    hidden = Registration.objects.waiting().filter(course__teacher_id__in=teacher_ids)
    columns = ("course__teacher_id", "course__semester_id", "course__course_id")
    rows = hidden.values_list(*columns).annotate(number=Count("pk"), newest=Max("pk")).order_by()
    return {CourseIds(*ids): Waiting(number, newest) for *ids, number, newest in rows}
