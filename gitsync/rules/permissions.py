"""Who may send which message and request on the Git wire and its API.

Programs and staff may send everything. A teacher may send what has their own teacherId, a student what concerns their
own repositories and commits.
"""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.principals import is_program
from gitsync.models import Request
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
    if not _teaches(user, teacher_id):
        raise NotAllowed("not_allowed", _("This is for the teacher of the course."), field="teacherId")


def must_act_for(user: Any, teacher_id: str, student_id: str) -> None:
    """Raise NotAllowed unless the caller is this student, this teacher, a program or staff."""
    is_the_student = getattr(user, "kind", "") == "student" and user.username == student_id
    if not (_teaches(user, teacher_id) or is_the_student):
        raise NotAllowed("not_allowed", _("This is for the student and the teacher of the course."), field="studentId")


def visible_requests(user: Any) -> QuerySet[Request]:
    """Return the accepted messages whose state the caller may read."""
    if sees_everything(user):
        return Request.objects.all()
    if getattr(user, "kind", "") == "teacher":
        return Request.objects.filter(course__teacher_id=user.username)
    return Request.objects.filter(body__studentId=user.username)


def _teaches(user: Any, teacher_id: str) -> bool:
    return sees_everything(user) or (getattr(user, "kind", "") == "teacher" and user.username == teacher_id)
