"""/api/v1/courses/<course>/enrolments/: who is in a course. Parse, call one verb, answer."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response

from courses.api.callers import InCourse, caller
from courses.api.query_params import EnrolmentQuery
from courses.api.serializers import EnrolmentChange, EnrolmentIn, EnrolmentOut
from courses.domain import roster
from courses.models import Course, Enrolment
from kernel.api.error_schema import error_responses

NAMES = {"group": "group__group_id", "username": "person__username", "role": "role"}


def enrol(request: Request, course: Course, person: dict[str, Any]) -> Enrolment:
    data = dict(person)
    return roster.enrol(caller(request), course, group_id=data.pop("group"), create=True, **data)


class Enrolments(InCourse):
    """The people of a course, for those who see the whole class."""

    queryset = Enrolment.objects.none()
    serializer_class = EnrolmentIn

    @extend_schema(
        operation_id="courses_enrolments_list",
        parameters=[EnrolmentQuery],
        responses={200: EnrolmentOut(many=True), **error_responses(400, 401, 403, 404)},
    )
    def get(self, request: Request, pk: int) -> Response:
        asked = {NAMES[name]: value for name, value in EnrolmentQuery.of(request).items()}
        rows = self.class_of().enrolments.filter(**asked).select_related("person", "group").order_by("pk")
        return self.get_paginated_response(EnrolmentOut(self.paginate_queryset(rows), many=True).data)

    @extend_schema(request=EnrolmentIn, responses={201: EnrolmentOut, **error_responses(400, 401, 403, 404, 503)})
    def post(self, request: Request, pk: int) -> Response:
        """Put a person into the course, or change their group and role there."""
        course = self.changeable()
        shape = EnrolmentIn(data=request.data)
        shape.is_valid(raise_exception=True)
        return Response(EnrolmentOut(enrol(request, course, shape.validated_data)).data, status=201)


class EnrolmentDetail(InCourse):
    queryset = Enrolment.objects.none()
    serializer_class = EnrolmentChange

    @extend_schema(responses={200: EnrolmentOut, **error_responses(401, 403, 404)})
    def get(self, request: Request, pk: int, enrolment_pk: int) -> Response:
        return Response(EnrolmentOut(self._enrolment(self.class_of())).data)

    @extend_schema(request=EnrolmentChange, responses={200: EnrolmentOut, **error_responses(400, 401, 403, 404, 503)})
    def patch(self, request: Request, pk: int, enrolment_pk: int) -> Response:
        """Another group or role; what was read from their repositories stays."""
        enrolment = self._enrolment(self.changeable())
        shape = EnrolmentChange(data=request.data)
        shape.is_valid(raise_exception=True)
        group = enrolment.group.group_id if enrolment.group else ""
        moved = roster.enrol(
            caller(request),
            enrolment.course,
            username=enrolment.person.username,
            group_id=shape.validated_data.get("group", group),
            role=shape.validated_data.get("role", enrolment.role),
        )
        return Response(EnrolmentOut(moved).data)

    @extend_schema(responses={204: None, **error_responses(401, 403, 404, 503)})
    def delete(self, request: Request, pk: int, enrolment_pk: int) -> Response:
        """Take a person out of the course, with all that was read from their repositories."""
        roster.remove(caller(request), self._enrolment(self.changeable()))
        return Response(status=204)

    def _enrolment(self, course: Course) -> Enrolment:
        rows = course.enrolments.select_related("course__semester__teacher", "person", "group")
        return generics.get_object_or_404(rows, pk=self.kwargs["enrolment_pk"])
