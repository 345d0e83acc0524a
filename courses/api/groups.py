"""/api/v1/courses/<course>/groups/: the groups of a course."""

from django.db.models import Count, Q, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response

from courses.api.course_view import CourseView
from courses.api.permissions import caller
from courses.api.serializers.people import GroupChange, GroupIn, GroupOut
from courses.domain import groups
from courses.models import Course, Enrolment, Group
from courses.pages.listed_students import groups_of
from courses.rules.permissions import GroupLimit
from kernel.api.error_schema import error_responses
from kernel.api.input_fields import Query

ID_IN_USE = "The id is in use on the wire, or another one has it."


class GroupList(CourseView):
    """The groups of a course, for those who see the class: those whose students they see."""

    queryset = Group.objects.none()
    serializer_class = GroupIn

    @extend_schema(
        operation_id="courses_groups_list",
        responses={200: GroupOut(many=True), **error_responses(400, 401, 403, 404)},
    )
    def get(self, request: Request, pk: int) -> Response:
        Query.of(request)
        course, limit = self.get_class_and_limit()
        rows = self.paginate_queryset(_with_student_counts(course, limit))
        return self.get_paginated_response(GroupOut(rows, many=True).data)

    @extend_schema(
        request=GroupIn,
        responses={
            201: GroupOut,
            **error_responses(400, 401, 403, 404, 503, conflict="The course has a group with this id."),
        },
    )
    def post(self, request: Request, pk: int) -> Response:
        """Create an empty group. Enrolling somebody in a group that does not exist creates it too."""
        course = self.get_changeable_course()
        serializer = GroupIn(data=request.data)
        serializer.is_valid(raise_exception=True)
        group = groups.create_group(caller(request), course, **serializer.validated_data)
        return Response(GroupOut(_with_student_counts(course).get(pk=group.pk)).data, status=201)


class GroupDetail(CourseView):
    queryset = Group.objects.none()
    serializer_class = GroupChange

    @extend_schema(responses={200: GroupOut, **error_responses(401, 403, 404)})
    def get(self, request: Request, pk: int, group_pk: int) -> Response:
        """Read a group."""
        return Response(GroupOut(self._get_group(*self.get_class_and_limit())).data)

    @extend_schema(
        request=GroupChange, responses={200: GroupOut, **error_responses(400, 401, 403, 404, 503, conflict=ID_IN_USE)}
    )
    def patch(self, request: Request, pk: int, group_pk: int) -> Response:
        """Change the title of a group, and its id before its first use."""
        group = self._get_group(self.get_changeable_course())
        serializer = GroupChange(data=request.data)
        serializer.is_valid(raise_exception=True)
        return Response(GroupOut(groups.rename_group(caller(request), group, **serializer.validated_data)).data)

    @extend_schema(
        responses={204: None, **error_responses(401, 403, 404, 503, conflict="There are people in the group.")}
    )
    def delete(self, request: Request, pk: int, group_pk: int) -> Response:
        """Delete an empty group and its deadlines."""
        groups.delete_group(caller(request), self._get_group(self.get_changeable_course()))
        return Response(status=204)

    def _get_group(self, course: Course, limit: GroupLimit = None) -> Group:
        return generics.get_object_or_404(_with_student_counts(course, limit), pk=self.kwargs["group_pk"])


def _with_student_counts(course: Course, limit: GroupLimit = None) -> QuerySet[Group]:
    students = Count("enrolments", filter=Q(enrolments__role=Enrolment.Role.STUDENT))
    return groups_of(course, limit).select_related("course").annotate(students=students)
