"""The base class of the API's views below one course."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.utils.translation import gettext as _
from rest_framework import generics
from rest_framework.response import Response

from accounts.principals import is_program
from courses.api.permissions import caller, visible_courses, visible_groups, within
from courses.models import Course, Enrolment
from courses.rules import permissions
from courses.rules.permissions import Caller, GroupLimit
from kernel.api.if_match import WithoutVersions, etag
from kernel.api.paging import CappedCountPagination
from kernel.database.row_version import row_version
from kernel.errors import Malformed


def with_version(data: Any, row: Model, status: int = 200) -> Response:
    """Return an answer about one row, with its version as the ETag."""
    return Response(data, status=status, headers={"ETag": etag(row_version(row))})


class CourseView(WithoutVersions, generics.GenericAPIView[Any]):
    """A view below one course. Its lists are paginated, and filtered by a Query class of their own."""

    pagination_class = CappedCountPagination
    filter_backends: list[Any] = []

    def get_course(self) -> Course:
        """Return the course of the URL. Raises Http404 when the caller may not know of it."""
        return generics.get_object_or_404(visible_courses(self.request), pk=self.kwargs["pk"])

    def get_class_and_limit(self) -> tuple[Course, GroupLimit]:
        """Return the course of the URL, and the groups whose students the caller sees.

        Raises also PermissionDenied when the caller may not see the class.
        """
        course = self.get_course()
        limit = visible_groups(caller(self.request), course)
        if limit == permissions.NOBODY:
            raise PermissionDenied
        return course, limit

    def get_changeable_course(self) -> Course:
        """Return the course of the URL. Raises also PermissionDenied when the caller may not change it."""
        course, user = self.get_course(), caller(self.request)
        if not is_program(user) and not permissions.may_change(user, course):
            raise PermissionDenied
        return course

    def get_permitted_course(self, is_permitted: Callable[[Caller, Course], bool]) -> tuple[Course, GroupLimit]:
        """Return the same as `get_class_and_limit`, for a program or for a person with this permission."""
        (course, limit), user = self.get_class_and_limit(), caller(self.request)
        if not is_program(user) and not is_permitted(user, course):
            raise PermissionDenied
        return course, limit

    def get_student(self, course: Course, username: str, limit: GroupLimit) -> Enrolment:
        """Return the enrolment of a student of the course within `limit`. Raises Malformed when there is none."""
        students = within(course.enrolments.filter(person__username=username, role=Enrolment.Role.STUDENT), limit)
        enrolment = students.select_related("course__semester__teacher", "person", "group").first()
        if enrolment is None:
            raise Malformed("unknown_student", _("This person is not a student of the course."), field="username")
        return enrolment
