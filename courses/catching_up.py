"""Kept events read again: those that came before what they are about was known here, or all of a course."""

from collections.abc import Iterable

from django.db import transaction

from courses.models import Activity, Course, Progress, ReceivedEvent
from courses.progress import Problem, apply


def rebuild(course: Course) -> int:
    """Forget what was derived for this course and fold its kept events again; returns how many."""
    with transaction.atomic():
        Activity.objects.filter(enrolment__course=course).delete()
        Progress.objects.filter(enrolment__course=course).delete()
        rows = ReceivedEvent.objects.filter(course=course).order_by("pk")
        for row in rows:
            apply(row)
        return len(rows)


def catch_up(course: Course, student_ids: Iterable[str] = ()) -> None:
    """Let events count that came before their course or their student was known here."""
    rows = ReceivedEvent.objects.filter(problem=Problem.UNKNOWN_STUDENT, course=course, student_id__in=[*student_ids])
    early = ReceivedEvent.objects.filter(problem=Problem.UNKNOWN_COURSE)
    for row in sorted([*rows, *early], key=lambda row: row.pk):
        apply(row)
