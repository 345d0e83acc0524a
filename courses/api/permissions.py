"""Who calls the API, and which courses and semesters they may name.

A row that the caller may not know of gives 404; an action that they may not do gives 403. The rules for people are
those of courses.rules.permissions. A program (a service account or a trusted peer) creates and reads the courses of any
teacher, and grants no deadlines.
"""

from typing import cast

from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework.request import Request

from accounts.models import User
from accounts.principals import TrustedPeer, is_program
from courses.models import Course, Semester
from courses.rules import permissions
from kernel.errors import Malformed, NotAllowed


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


def sees_class(user: User | TrustedPeer, course: Course) -> bool:
    """Return whether the caller may see the whole class: a program, or a person who may."""
    return is_program(user) or permissions.may_see_class(user, course)


def sees_starter(user: User | TrustedPeer, course: Course) -> bool:
    """Return whether the caller may know the address of the repository that was handed out: it may hold solutions."""
    return is_program(user) or permissions.may_change(user, course)


def visible_courses(request: Request) -> QuerySet[Course]:
    """Return every course for a program, and the courses that they may know of for a person."""
    courses, user = Course.objects.select_related("semester__teacher").order_by("pk"), caller(request)
    return courses if is_program(user) else courses.visible_to(cast(User, user))


def changeable_semesters(request: Request) -> QuerySet[Semester]:
    """Return the semesters that the caller may change: all for staff and for client programs, else the caller's own."""
    semesters, user = Semester.objects.select_related("teacher").order_by("pk"), caller(request)
    return semesters if acts_for_teachers(user) else semesters.filter(teacher=cast(User, user))


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
