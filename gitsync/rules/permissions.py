"""Who may send which message and request on the Git wire and its API.

Programs and staff may send everything. A teacher may send what has their own teacherId, a student what concerns their
own repositories and commits in the courses that they are enrolled in.
"""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.principals import is_program
from gitsync.models import Request
from gitsync.rules.enrolment import is_enrolled
from gitsync.values import EVERY_COURSE, CourseIds
from kernel.errors import NotAllowed


def sees_everything(user: Any) -> bool:
    """Return whether the caller is a program or staff."""
    return is_program(user) or bool(getattr(user, "is_staff", False))


def is_teacher_only(user: Any) -> bool:
    """Return whether the caller is a teacher and not staff.

    Such a caller does not see the courses of other teachers.
    """
    return getattr(user, "kind", "") == "teacher" and not sees_everything(user)


def must_teach(user: Any, teacher_id: str) -> None:
    """Raise NotAllowed unless the caller is this teacher, a program or staff."""
    if not teaches(user, teacher_id):
        raise NotAllowed("not_allowed", _("This is for the teacher of the course."), field="teacherId")


def must_act_for(
    user: Any, course: CourseIds, student_id: str, repo_path: str | None = None, group_id: str | None = None
) -> None:
    """Raise NotAllowed unless the caller is this student, the course's teacher, a program or staff.

    The student must be enrolled in the course. With `repo_path` it must ask for a repository there, and with `group_id`
    that must be the student's own group, "" for a student without one. A request for every course, and one that does
    not name the teacher, name no course yet: the query leaves out other courses.
    """
    if teaches(user, course.teacher_id):
        return
    if not is_student(user) or user.username != student_id:
        raise NotAllowed("not_allowed", _("This is for the student and the teacher of the course."), field="studentId")
    if not course.teacher_id or course.course_id == EVERY_COURSE:
        return
    if not is_enrolled(course, student_id, repo_path):
        sentence = _("This course does not ask you for a repository here: your teacher enters that in Atelier.")
        raise NotAllowed("not_enrolled", sentence, field="courseId")
    if group_id is not None and not is_enrolled(course, student_id, group_id=group_id):
        sentence = _("groupId must be your own group in this course: your teacher enters that in Atelier.")
        raise NotAllowed("not_in_group", sentence, field="groupId")


def is_student(user: Any) -> bool:
    """Return whether the caller is a student and not staff."""
    return getattr(user, "kind", "") == "student" and not sees_everything(user)


def visible_requests(user: Any) -> QuerySet[Request]:
    """Return the accepted messages whose state the caller may read."""
    if sees_everything(user):
        return Request.objects.all()
    if getattr(user, "kind", "") == "teacher":
        return Request.objects.filter(course__teacher_id=user.username)
    return Request.objects.filter(body__studentId=user.username)


def teaches(user: Any, teacher_id: str) -> bool:
    """Return whether the caller is this teacher, a program or staff, and so answers for the teacher's students."""
    return sees_everything(user) or (getattr(user, "kind", "") == "teacher" and user.username == teacher_id)
