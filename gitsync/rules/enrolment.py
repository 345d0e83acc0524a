"""Whether a student is in a course of the wire, and whether the course asks them for a repository.

gitsync knows no enrolments. The app that does names its function in settings.GITSYNC_ENROLMENT_CHECK. Without one, no
student is in any course.
"""

from django.conf import settings
from django.utils.module_loading import import_string

from gitsync.values import CourseIds


def is_enrolled(course: CourseIds, student_id: str, repo_path: str | None = None, group_id: str | None = None) -> bool:
    """Return whether the student is in this course.

    With `repo_path` the course must also ask for a repository there. With `group_id` it must also be the student's
    group; "" is the group of a student who is in none.
    """
    check = settings.GITSYNC_ENROLMENT_CHECK
    return bool(check) and bool(import_string(check)(course, student_id, repo_path, group_id))
