"""Who calls the API, and which courses and semesters they may name.

A row that the caller may not know of gives 404; an action that they may not do gives 403. The rules for people are
those of courses.rules.permissions. A program (a service account or a trusted peer) creates and reads the courses of any
teacher, and grants no deadlines.
"""

from collections.abc import Iterable
from typing import TypeVar, cast

from django.db.models import Model, Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework.request import Request

from accounts.models import User
from accounts.principals import TrustedPeer, is_program
from courses.models import Course, Enrolment, Semester
from courses.rules import permissions
from courses.rules.permissions import GroupLimit
from kernel.errors import Malformed, NotAllowed

Row = TypeVar("Row", bound=Model)


def caller(request: Request) -> User | TrustedPeer:
    """Return the person, service account or trusted peer that calls; IsAuthenticated refuses everybody else."""
    return cast("User | TrustedPeer", request.user)


def calling_user(request: Request) -> User:
    """Return the caller's account. Raises Http404 for a trusted peer, which has none."""
    if not request.user.pk:
        raise Http404
    return request.user


def acts_for_teachers(user: User | TrustedPeer) -> bool:
    """Return whether the caller is staff or a program: these may act for any teacher."""
    return is_program(user) or user.is_staff


def visible_groups(user: User | TrustedPeer, course: Course) -> GroupLimit:
    """Return the groups whose students the caller sees: None for a program, else as for people."""
    return None if is_program(user) else permissions.visible_groups(user, course)


def visible_rows(rows: QuerySet[Row], request: Request, course: Course, enrolment: str = "") -> QuerySet[Row]:
    """Return the rows about students that the caller sees: those of the class, or the caller's own.

    `enrolment` is the prefix of the lookups of the enrolment, such as "enrolment__". Raises Http404 for a trusted peer
    that sees no class.
    """
    limit = visible_groups(caller(request), course)
    if limit == permissions.NOBODY:
        return rows.filter(**{f"{enrolment}person": calling_user(request)})
    return within(rows, limit, enrolment)


def within(rows: QuerySet[Row], limit: GroupLimit, enrolment: str = "") -> QuerySet[Row]:
    """Return the rows about students of these groups."""
    return rows if limit is None else rows.filter(**{f"{enrolment}group__in": limit})


def sees_starter(user: User | TrustedPeer, course: Course) -> bool:
    """Return whether the caller may know the address of the repository that was handed out: it may hold solutions."""
    return is_program(user) or permissions.may_change(user, course)


def courses_with_visible_starter(user: User | TrustedPeer, courses: Iterable[Course]) -> set[int]:
    """Return the keys of the courses of which the caller may know that address. One query at most."""
    return {course.pk for course in courses} if is_program(user) else permissions.changeable_keys(user, courses)


def visible_courses(request: Request) -> QuerySet[Course]:
    """Return every course for a program, and the courses that they may know of for a person."""
    courses, user = Course.objects.select_related("semester__teacher").order_by("pk"), caller(request)
    return courses if is_program(user) else courses.visible_to(cast(User, user))


def changeable_semesters(request: Request) -> QuerySet[Semester]:
    """Return the semesters that the caller may change.

    All for staff and for client programs, else the caller's own and those of the courses of which they are co-teachers.
    """
    semesters, user = Semester.objects.select_related("teacher").order_by("pk"), caller(request)
    if acts_for_teachers(user):
        return semesters
    co_taught = Enrolment.objects.filter(person=cast(User, user), role=Enrolment.Role.TEACHER)
    return semesters.filter(Q(teacher=cast(User, user)) | Q(pk__in=co_taught.values("course__semester")))


def get_teacher(request: Request, username: str) -> User:
    """Return the teacher to create a course or semester for: the caller, or the teacher whom staff or a program name.

    Raises NotAllowed for a caller who may not create anything for this teacher, and Malformed for an unknown teacher.
    """
    user = caller(request)
    if not username or username == user.username:
        if not permissions.may_create_courses(user) or not user.is_teacher:
            raise NotAllowed(
                "not_a_teacher",
                _("Only a teacher has courses: give a teacher’s user name in the field teacher."),
                field="teacher",
            )
        return cast(User, user)
    if not acts_for_teachers(user):
        raise NotAllowed("not_allowed", _("You may create courses for yourself only."), field="teacher")
    teacher = User.objects.filter(username=username.lower(), kind=User.Kind.TEACHER).first()
    if teacher is None:
        raise Malformed("unknown_person", _("There is no teacher with this user name."), field="teacher")
    return teacher
