"""Which role an account may have in a course. Pure."""

from django.utils.translation import gettext as _

from accounts.models import User
from courses.models import Enrolment
from kernel.errors import Malformed

Role = Enrolment.Role


def role_after(present: str, asked: str | None, person: User, *, is_semester_teacher: bool) -> str:
    """Return the role that a person has in a course after an enrolment with the role `asked`.

    present: the role that they have, "" for none.
    asked: None keeps the present role, and is a student when there is none. Lists of students ask for None.

    Raises Malformed for a teacher of the course as a student of it, and for a co-teacher who is not a teacher.
    """
    role = asked or present or Role.STUDENT
    values = {"username": person.username}
    teaches = is_semester_teacher or present == Role.TEACHER
    if teaches and (role == Role.STUDENT or (present == Role.TEACHER and asked is None)):
        sentence = _("%(username)s teaches this course and cannot be a student of it.") % values
        raise Malformed("is_the_teacher", sentence, field="username")
    if role == Role.TEACHER and present != Role.TEACHER:
        if is_semester_teacher:
            sentence = _("%(username)s is the teacher of the semester and teaches this course already.") % values
            raise Malformed("is_the_teacher", sentence, field="username")
        if not person.is_teacher:
            sentence = _("Only a teacher can be a co-teacher, and %(username)s is not one.") % values
            raise Malformed("not_a_teacher", sentence, field="role")
    return role
