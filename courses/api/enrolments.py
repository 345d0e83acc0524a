"""/api/v1/courses/<course>/enrolments/: the people of a course."""

from typing import Any

from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response

from courses.api.course_view import CourseView
from courses.api.permissions import caller
from courses.api.query_params import EnrolmentQuery
from courses.api.serializers.people import EnrolmentChange, EnrolmentIn, EnrolmentOut
from courses.domain import roster
from courses.models import Course, Enrolment
from courses.rules.permissions import GroupLimit
from kernel.api.error_schema import error_responses

FILTERS = {"group": "group__group_id", "username": "person__username", "role": "role"}


def enrol(request: Request, course: Course, person: dict[str, Any]) -> Enrolment:
    """Put a person, as validated by EnrolmentIn, into a course."""
    data = dict(person)
    group_id, assisted = data.pop("group"), data.pop("assisted_groups", None)
    return roster.enrol(caller(request), course, group_id=group_id, assisted_group_ids=assisted, create=True, **data)


class EnrolmentView(CourseView):
    def visible_enrolments(self, course: Course, limit: GroupLimit = None) -> QuerySet[Enrolment]:
        """Return the teaching team and the students within `limit`."""
        rows = course.enrolments.select_related("course__semester__teacher", "person", "group")
        rows = rows.prefetch_related("assisted_groups")
        return rows if limit is None else rows.filter(~Q(role=Enrolment.Role.STUDENT) | Q(group__in=limit))


class EnrolmentList(EnrolmentView):
    """The people of a course, for those who see the class."""

    queryset = Enrolment.objects.none()
    serializer_class = EnrolmentIn

    @extend_schema(
        operation_id="courses_enrolments_list",
        parameters=[EnrolmentQuery],
        responses={200: EnrolmentOut(many=True), **error_responses(400, 401, 403, 404)},
    )
    def get(self, request: Request, pk: int) -> Response:
        filters = {FILTERS[name]: value for name, value in EnrolmentQuery.of(request).items()}
        rows = self.visible_enrolments(*self.get_class_and_limit()).filter(**filters).order_by("pk")
        return self.get_paginated_response(EnrolmentOut(self.paginate_queryset(rows), many=True).data)

    @extend_schema(request=EnrolmentIn, responses={201: EnrolmentOut, **error_responses(400, 401, 403, 404, 503)})
    def post(self, request: Request, pk: int) -> Response:
        """Put a person into the course, or change their group and role there."""
        course = self.get_changeable_course()
        serializer = EnrolmentIn(data=request.data)
        serializer.is_valid(raise_exception=True)
        return Response(EnrolmentOut(enrol(request, course, serializer.validated_data)).data, status=201)


class EnrolmentDetail(EnrolmentView):
    queryset = Enrolment.objects.none()
    serializer_class = EnrolmentChange

    @extend_schema(responses={200: EnrolmentOut, **error_responses(401, 403, 404)})
    def get(self, request: Request, pk: int, enrolment_pk: int) -> Response:
        """Read an enrolment."""
        return Response(EnrolmentOut(self._get_enrolment(*self.get_class_and_limit())).data)

    @extend_schema(request=EnrolmentChange, responses={200: EnrolmentOut, **error_responses(400, 401, 403, 404, 503)})
    def patch(self, request: Request, pk: int, enrolment_pk: int) -> Response:
        """Change the group or the role. The data read from the person's repositories stays."""
        enrolment = self._get_enrolment(self.get_changeable_course())
        serializer = EnrolmentChange(data=request.data)
        serializer.is_valid(raise_exception=True)
        group = enrolment.group.group_id if enrolment.group else ""
        changed = roster.enrol(
            caller(request),
            enrolment.course,
            username=enrolment.person.username,
            group_id=serializer.validated_data.get("group", group),
            role=serializer.validated_data.get("role", enrolment.role),
            assisted_group_ids=serializer.validated_data.get("assisted_groups"),
        )
        return Response(EnrolmentOut(changed).data)

    @extend_schema(responses={204: None, **error_responses(401, 403, 404, 503)})
    def delete(self, request: Request, pk: int, enrolment_pk: int) -> Response:
        """Remove a person from the course, with all data that was read from their repositories."""
        roster.remove(caller(request), self._get_enrolment(self.get_changeable_course()))
        return Response(status=204)

    def _get_enrolment(self, course: Course, limit: GroupLimit = None) -> Enrolment:
        return generics.get_object_or_404(self.visible_enrolments(course, limit), pk=self.kwargs["enrolment_pk"])
