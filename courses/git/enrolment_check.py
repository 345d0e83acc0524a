"""Tell the Git module who is a student of a course (settings.GITSYNC_ENROLMENT_CHECK)."""

from courses.models import Course, Enrolment, TeamRepository
from courses.rules.tree import outline, repository_places
from gitsync.values import CourseIds
from kernel.database.text_hash import text_hash


def is_enrolled(ids: CourseIds, student_id: str, repo_path: str | None = None, group_id: str | None = None) -> bool:
    """Return whether this person is a student of the course.

    With `repo_path` the course must also ask for a repository there, and the student decides about it: the repository
    of their team is the teacher's to give. With `group_id` it must also be the student's
    group, "" for a student without one.
    """
    students = Enrolment.objects.filter(person__username=student_id, role=Enrolment.Role.STUDENT)
    courses = Course.objects.with_wire_ids(ids.teacher_id, ids.semester_id, ids.course_id)
    enrolment = students.filter(course__in=courses).select_related("course", "group").first()
    if enrolment is None:
        return False
    if group_id is not None and group_id != (enrolment.group.group_id if enrolment.group else ""):
        return False
    if repo_path is None:
        return True
    return asks_for_repository(enrolment.course, repo_path) and not has_team_repository(enrolment, repo_path)


def has_team_repository(enrolment: Enrolment, repo_path: str) -> bool:
    """Return whether the repository at this path is that of the student's team. No query without a team."""
    if enrolment.team_id is None:
        return False
    return TeamRepository.objects.filter(team=enrolment.team_id, repo_path_hash=text_hash(repo_path)).exists()


def asks_for_repository(course: Course, repo_path: str) -> bool:
    """Return whether students give a repository at this path of the course."""
    nodes = outline(list(course.tasks.without_statements()))
    return repo_path in {place.repo_path for place in repository_places(nodes)}
