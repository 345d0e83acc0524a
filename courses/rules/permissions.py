"""Who may see and do what in a course. Pages, API, fragments and exports ask here and nowhere else.

                         anonymous  stranger  classmate  student  assistant  teacher  staff
  know of the course         -         -          x         x         x         x       x
  see the whole class        -         -          -         -         x         x       x
  change the course          -         -          -         -         -         x       x
  see one student's work     -         -          -         x         x         x       x
  give their repository      -         -          -         x         -         -       -
  answer a task              -         -          -         x         -         -       -

A stranger is anybody else signed in: another student, or the teacher of another course.
"""

from django.contrib.auth.models import AnonymousUser

from accounts.models import User
from courses.models import Course, Enrolment, Semester

Person = User | AnonymousUser


def _role(user: Person, course: Course) -> str:
    if not user.is_authenticated or user.pk is None:
        return ""
    return Enrolment.objects.filter(course=course, person=user).values_list("role", flat=True).first() or ""


def _teaches(user: Person, course: Course) -> bool:
    return may_change_semester(user, course.semester)


def may_know(user: Person, course: Course) -> bool:
    return _teaches(user, course) or bool(_role(user, course))


def may_see_class(user: Person, course: Course) -> bool:
    return _teaches(user, course) or _role(user, course) == Enrolment.Role.ASSISTANT


def may_change(user: Person, course: Course) -> bool:
    return _teaches(user, course)


def may_change_semester(user: Person, semester: Semester) -> bool:
    return bool(user.is_authenticated and user.pk and (user.is_staff or user.pk == semester.teacher_id))


def may_see_student(user: Person, enrolment: Enrolment) -> bool:
    return _is_self(user, enrolment) or may_see_class(user, enrolment.course)


def may_give_repository(user: Person, enrolment: Enrolment) -> bool:
    return _is_the_student(user, enrolment)


def may_answer(user: Person, enrolment: Enrolment) -> bool:
    """Give a text or a tick in this student's name: nobody does it for them."""
    return _is_the_student(user, enrolment)


def _is_the_student(user: Person, enrolment: Enrolment) -> bool:
    return _is_self(user, enrolment) and enrolment.role == Enrolment.Role.STUDENT


def _is_self(user: Person, enrolment: Enrolment) -> bool:
    return bool(user.is_authenticated and user.pk and user.pk == enrolment.person_id)


def may_create_courses(user: Person) -> bool:
    return bool(user.is_authenticated and user.pk and (user.is_staff or user.is_teacher))
