"""Whose request it is, and which courses it may name: 404 for what the caller may not know of, 403 for what they may
not do. The predicates are courses.rules.permissions; a machine (service account or trusted peer) sets courses up,
reads them, and grants no deadlines.
"""

from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework import generics
from rest_framework.request import Request

from accounts.models import User
from accounts.principals import is_program
from courses.models import Course, Enrolment, Semester
from courses.rules import permissions
from kernel.api.paging import CappedCountPagination
from kernel.errors import Malformed, NotAllowed


def caller(request: Request) -> User:
    """The person, service account or trusted peer that calls: IsAuthenticated let nobody else in."""
    return cast(User, request.user)


def is_trusted(user: User) -> bool:
    """Staff and machines, who may act for any teacher."""
    return is_program(user) or user.is_staff


def seen_courses(request: Request) -> QuerySet[Course]:
    """A machine may set up and read every course, a person those they may know of."""
    courses = Course.objects.select_related("semester__teacher").order_by("pk")
    return courses if is_program(caller(request)) else courses.visible_to(caller(request))


def own_semesters(request: Request) -> QuerySet[Semester]:
    """A teacher's own; all for staff and machines; nobody else's."""
    semesters = Semester.objects.select_related("teacher").order_by("pk")
    user = caller(request)
    return semesters if is_trusted(user) else semesters.filter(teacher=user)


def teacher_named(request: Request, username: str) -> User:
    """Whose it is: the caller's own, or that of the teacher whom staff or a machine names."""
    user = caller(request)
    if not username or username == user.username:
        if not permissions.may_create_courses(user) or not user.is_teacher:
            raise NotAllowed("not_a_teacher", _("Only a teacher has courses: name one in teacher."), field="teacher")
        return user
    if not is_trusted(user):
        raise NotAllowed("not_allowed", _("You create your own courses only."), field="teacher")
    found = User.objects.filter(username=username.lower(), kind=User.Kind.TEACHER).first()
    if found is None:
        raise Malformed("unknown_person", _("There is no teacher of this name."), field="teacher")
    return found


class InCourse(generics.GenericAPIView):  # type: ignore[type-arg]
    """A view below one course, whose lists are bounded and filtered by a Query of their own."""

    pagination_class = CappedCountPagination
    filter_backends: list[Any] = []

    def course(self) -> Course:
        """The course of the address, which the caller may know of."""
        return generics.get_object_or_404(seen_courses(self.request), pk=self.kwargs["pk"])

    def class_of(self) -> Course:
        """The same, when the caller may see its whole class."""
        return self._allowed(permissions.may_see_class)

    def changeable(self) -> Course:
        """The same, when the caller may change it."""
        return self._allowed(permissions.may_change)

    def _allowed(self, may: Any) -> Course:
        course, user = self.course(), caller(self.request)
        if not is_program(user) and not may(user, course):
            raise PermissionDenied
        return course

    def student(self, course: Course, username: str) -> Enrolment:
        """The student of this name in the course, or Malformed."""
        found = course.enrolments.filter(person__username=username, role=Enrolment.Role.STUDENT)
        enrolment = found.select_related("course__semester__teacher", "person", "group").first()
        if enrolment is None:
            raise Malformed("unknown_student", _("This person is no student of the course."), field="username")
        return enrolment
