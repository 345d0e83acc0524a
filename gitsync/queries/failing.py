"""Repositories that could not be read several times in a row."""

from collections.abc import Collection

from gitsync.models import LocalCopy, Registration
from gitsync.values import CourseIds


def failed_often(student_ids: Collection[str], attempts: int) -> set[tuple[CourseIds, str, str]]:
    """Return the course, the student and the path of these students' repositories that have failed so often. One query.

    Hidden registrations are left out.
    """
    rows = Registration.objects.shown().filter(
        student__student_id__in=student_ids,
        repository__local_copy__status__in=LocalCopy.NOT_READ,
        repository__local_copy__attempts__gte=attempts,
    )
    columns = ("course__teacher_id", "course__semester_id", "course__course_id", "student__student_id", "repo_path")
    return {(CourseIds(*ids), student_id, path) for *ids, student_id, path in rows.values_list(*columns)}
