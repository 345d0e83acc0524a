"""Tell the Git module who is a student of a course (settings.GITSYNC_ENROLMENT_CHECK)."""

from courses.models import Course, Enrolment
from courses.rules.tree import outline, repository_places
from gitsync.values import CourseIds


def is_enrolled(ids: CourseIds, student_id: str, repo_path: str | None = None) -> bool:
    """Return whether this person is a student of the course, and with `repo_path` whether it asks for one there."""
    courses = Course.objects.with_wire_ids(ids.teacher_id, ids.semester_id, ids.course_id)
    course = courses.filter(enrolments__person__username=student_id, enrolments__role=Enrolment.Role.STUDENT).first()
    if course is None:
        return False
    return repo_path is None or asks_for_repository(course, repo_path)


def asks_for_repository(course: Course, repo_path: str) -> bool:
    """Return whether students give a repository at this path of the course."""
    nodes = outline(list(course.tasks.without_statements()))
    return repo_path in {place.repo_path for place in repository_places(nodes)}
