"""Delete the rows and repositories that the demonstration created in the Git module."""

import shutil

from django.db import transaction

from gitsync.demo import locations
from gitsync.models import CourseKey, Request, StudentKey


def forget(teacher_ids: list[str], semester_id: str, student_ids: list[str]) -> None:
    """Delete the courses of these teachers in this semester, and those of the students without a registration.

    Delete the registrations first, with `registrations.delete_repository`: a worker removes their stores.
    """
    with transaction.atomic():
        courses = CourseKey.objects.filter(teacher_id__in=teacher_ids, semester_id=semester_id)
        Request.objects.filter(course__in=courses).delete()
        courses.delete()
        StudentKey.objects.filter(student_id__in=student_ids, registrations=None).delete()


def remove_repositories() -> None:
    shutil.rmtree(locations.root(), ignore_errors=True)
