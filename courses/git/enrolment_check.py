"""Tell the Git module who is a student of a course (settings.GITSYNC_ENROLMENT_CHECK)."""

from courses.models import Course, Enrolment
from courses.rules.tree import outline, repository_places
from gitsync.values import CourseIds


def is_enrolled(ids: CourseIds, student_id: str, repo_path: str | None = None, group_id: str | None = None) -> bool:
    """Return whether this person is a student of the course.

    With `repo_path` the course must also ask for a repository there. With `group_id` it must also be the student's
    group, "" for a student without one.
    """
    students = Enrolment.objects.filter(person__username=student_id, role=Enrolment.Role.STUDENT)
    courses = Course.objects.with_wire_ids(ids.teacher_id, ids.semester_id, ids.course_id)
    enrolment = students.filter(course__in=courses).select_related("course", "group").first()
    if enrolment is None:
        return False
    if group_id is not None and group_id != (enrolment.group.group_id if enrolment.group else ""):
        return False
    return repo_path is None or asks_for_repository(enrolment.course, repo_path)


def asks_for_repository(course: Course, repo_path: str) -> bool:
    """Return whether students give a repository at this path of the course."""
    nodes = outline(list(course.tasks.without_statements()))
    return repo_path in {place.repo_path for place in repository_places(nodes)}
