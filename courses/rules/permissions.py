"""Who may see and do what in a course. Pages, API, fragments and exports use these functions and no other rule.

                         anonymous  stranger  classmate  student  assistant  teacher  staff
  know of the course         -         -          x         x         x         x       x
  see the whole class        -         -          -         -         x         x       x
  change the course          -         -          -         -         -         x       x
  see one student's work     -         -          -         x         x         x       x
  give their repository      -         -          -         x         -         -       -
  answer a task              -         -          -         x         -         -       -

A stranger is any other person who is signed in: a student who is not in the course, or the teacher of another course.
These functions refuse programs; the API decides what programs may do (courses/api/permissions.py).
"""

from typing import TypeAlias

from django.contrib.auth.models import AnonymousUser

from accounts.models import User
from accounts.principals import TrustedPeer
from courses.models import Course, Enrolment, Semester
from kernel.database.compiled import CompiledQuery

Caller: TypeAlias = User | TrustedPeer | AnonymousUser
"""Whoever sends a request. A trusted peer and an anonymous visitor have no account: their `pk` is None."""

ROLE = CompiledQuery(lambda course, person: Enrolment.objects.filter(course=course, person=person).values_list("role"))


def may_know(user: Caller, course: Course) -> bool:
    """Return whether the user may know that the course exists."""
    return _teaches(user, course) or bool(_role(user, course))


def may_see_class(user: Caller, course: Course) -> bool:
    return _teaches(user, course) or _role(user, course) == Enrolment.Role.ASSISTANT


def may_change(user: Caller, course: Course) -> bool:
    return _teaches(user, course)


def may_change_semester(user: Caller, semester: Semester) -> bool:
    return bool(user.is_authenticated and user.pk and (user.is_staff or user.pk == semester.teacher_id))


def may_see_student(user: Caller, enrolment: Enrolment) -> bool:
    return _is_self(user, enrolment) or may_see_class(user, enrolment.course)


def may_give_repository(user: Caller, enrolment: Enrolment) -> bool:
    return _is_the_student(user, enrolment)


def may_answer(user: Caller, enrolment: Enrolment) -> bool:
    """Return whether the user may give this student's texts and ticks: only the student themselves may."""
    return _is_the_student(user, enrolment)


def may_create_courses(user: Caller) -> bool:
    return bool(user.is_authenticated and user.pk and (user.is_staff or user.is_teacher))


def may_search_people(user: Caller) -> bool:
    """Return whether the user may search for people: whom they find depends on their courses."""
    return may_create_courses(user)


def _role(user: Caller, course: Course) -> str:
    """Return the user's role in the course, or "" when they are not enrolled."""
    if not user.is_authenticated or user.pk is None:
        return ""
    return next((role for (role,) in ROLE.rows(course.pk, user.pk)), "")


def _teaches(user: Caller, course: Course) -> bool:
    """Return whether the user teaches the course or is staff."""
    return may_change_semester(user, course.semester)


def _is_the_student(user: Caller, enrolment: Enrolment) -> bool:
    return _is_self(user, enrolment) and enrolment.role == Enrolment.Role.STUDENT


def _is_self(user: Caller, enrolment: Enrolment) -> bool:
    return bool(user.is_authenticated and user.pk and user.pk == enrolment.person_id)
