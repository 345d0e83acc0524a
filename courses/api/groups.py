"""/api/v1/courses/<course>/groups/. Parse, call one verb, answer."""

from django.db.models import Count, Q, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response

from courses.api.callers import InCourse, caller
from courses.api.serializers import GroupChange, GroupIn, GroupOut
from courses.domain import groups
from courses.models import Course, Enrolment, Group
from kernel.api.error_schema import error_responses


class Groups(InCourse):
    """The groups of a course, for those who see the whole class."""

    queryset = Group.objects.none()
    serializer_class = GroupIn

    @extend_schema(
        operation_id="courses_groups_list",
        responses={200: GroupOut(many=True), **error_responses(400, 401, 403, 404)},
    )
    def get(self, request: Request, pk: int) -> Response:
        rows = self.paginate_queryset(_counted(self.class_of()))
        return self.get_paginated_response(GroupOut(rows, many=True).data)

    @extend_schema(
        request=GroupIn, responses={201: GroupOut, **error_responses(400, 401, 403, 404, 503, conflict="It is there.")}
    )
    def post(self, request: Request, pk: int) -> Response:
        """A new group, with nobody in it; enrolling somebody in a group that is new makes it, too."""
        course = self.changeable()
        shape = GroupIn(data=request.data)
        shape.is_valid(raise_exception=True)
        made = groups.create_group(caller(request), course, **shape.validated_data)
        return Response(GroupOut(_counted(course).get(pk=made.pk)).data, status=201)


class GroupDetail(InCourse):
    queryset = Group.objects.none()
    serializer_class = GroupChange

    @extend_schema(responses={200: GroupOut, **error_responses(401, 403, 404)})
    def get(self, request: Request, pk: int, group_pk: int) -> Response:
        return Response(GroupOut(self._group(self.class_of())).data)

    @extend_schema(request=GroupChange, responses={200: GroupOut, **error_responses(400, 401, 403, 404, 503)})
    def patch(self, request: Request, pk: int, group_pk: int) -> Response:
        group = self._group(self.changeable())
        shape = GroupChange(data=request.data)
        shape.is_valid(raise_exception=True)
        return Response(GroupOut(groups.rename_group(caller(request), group, **shape.validated_data)).data)

    @extend_schema(responses={204: None, **error_responses(401, 403, 404, 503, conflict="There are people in it.")})
    def delete(self, request: Request, pk: int, group_pk: int) -> Response:
        groups.delete_group(caller(request), self._group(self.changeable()))
        return Response(status=204)

    def _group(self, course: Course) -> Group:
        return generics.get_object_or_404(_counted(course), pk=self.kwargs["group_pk"])


def _counted(course: Course) -> QuerySet[Group]:
    students = Count("enrolments", filter=Q(enrolments__role=Enrolment.Role.STUDENT))
    return course.groups.select_related("course").annotate(students=students).order_by("group_id")
