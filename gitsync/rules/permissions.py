"""Who may say and ask what on the Git wire and its API: the one place that decides.

Machines and staff: everything. A teacher: what carries their own teacherId. A student: their own repositories and
commits.
"""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.principals import is_program
from gitsync.models import Request
from kernel.errors import NotAllowed


def sees_everything(user: Any) -> bool:
    return is_program(user) or bool(getattr(user, "is_staff", False))


def speaks_as_teacher(user: Any) -> bool:
    """A teacher who is no more than that: what other teachers' courses hold is not theirs to see."""
    return getattr(user, "kind", "") == "teacher" and not sees_everything(user)


def must_teach(user: Any, teacher_id: str) -> None:
    """Raises NotAllowed unless the caller speaks for this teacher."""
    if not _teaches(user, teacher_id):
        raise NotAllowed("not_allowed", _("This is for the teacher of the course."), field="teacherId")


def must_act_for(user: Any, teacher_id: str, student_id: str) -> None:
    """Raises NotAllowed unless the caller speaks for this teacher or is this student."""
    is_the_student = getattr(user, "kind", "") == "student" and user.username == student_id
    if not (_teaches(user, teacher_id) or is_the_student):
        raise NotAllowed("not_allowed", _("This is for the student and the teacher of the course."), field="studentId")


def visible_requests(user: Any) -> QuerySet[Request]:
    """The accepted messages whose fate the caller may learn."""
    if sees_everything(user):
        return Request.objects.all()
    if getattr(user, "kind", "") == "teacher":
        return Request.objects.filter(course__teacher_id=user.username)
    return Request.objects.filter(body__studentId=user.username)


def _teaches(user: Any, teacher_id: str) -> bool:
    return sees_everything(user) or (getattr(user, "kind", "") == "teacher" and user.username == teacher_id)
