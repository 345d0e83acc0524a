"""Take what the demonstration left in the Git module away, rows of the wire's keys included."""

import shutil

from django.db import transaction

from gitsync.demo import place
from gitsync.models import CourseKey, Request, StudentKey


def forget(teacher_ids: list[str], semester_id: str, student_ids: list[str]) -> None:
    """The courses of these teachers in this semester, and the students nobody else registered.

    Registrations go before, by `registration.delete_repository`: their stores are removed by a worker.
    """
    with transaction.atomic():
        courses = CourseKey.objects.filter(teacher_id__in=teacher_ids, semester_id=semester_id)
        Request.objects.filter(course__in=courses).delete()
        courses.delete()
        StudentKey.objects.filter(student_id__in=student_ids, registrations=None).delete()


def remove_repositories() -> None:
    shutil.rmtree(place.root(), ignore_errors=True)
