"""/api/v1/courses/semesters/: a teacher's semesters. Parse, call one verb, answer."""

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from courses.api.callers import caller, own_semesters, teacher_named
from courses.api.query_params import SemesterQuery
from courses.api.serializers import SemesterChange, SemesterIn, SemesterOut
from courses.domain import semesters
from courses.models import Semester
from kernel.api.error_schema import error_responses
from kernel.api.paging import CappedCountPagination


@extend_schema_view(retrieve=extend_schema(responses={200: SemesterOut, **error_responses(401, 404)}))
class Semesters(viewsets.ReadOnlyModelViewSet):  # type: ignore[type-arg]
    """A teacher's own semesters, all of them for staff and machines."""

    queryset = Semester.objects.none()
    serializer_class = SemesterOut
    pagination_class = CappedCountPagination
    filter_backends: list[Any] = []

    def get_serializer_class(self) -> Any:
        return {"create": SemesterIn, "partial_update": SemesterChange}.get(self.action, SemesterOut)

    def get_queryset(self) -> Any:
        return own_semesters(self.request)

    @extend_schema(parameters=[SemesterQuery], responses={200: SemesterOut(many=True), **error_responses(400, 401)})
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        names = {"semester_id": "semester_id", "teacher": "teacher__username"}
        asked = {names[name]: value for name, value in SemesterQuery.of(request).items()}
        rows = self.paginate_queryset(self.get_queryset().filter(**asked))
        return self.get_paginated_response(SemesterOut(rows, many=True).data)

    @extend_schema(
        request=SemesterIn, responses={201: SemesterOut, **error_responses(400, 401, 403, 503, conflict="It is there.")}
    )
    def create(self, request: Request) -> Response:
        """A new semester; a course made with a new semester_id makes its own."""
        shape = SemesterIn(data=request.data)
        shape.is_valid(raise_exception=True)
        data = dict(shape.validated_data)
        teacher = teacher_named(request, data.pop("teacher"))
        return Response(SemesterOut(semesters.create_semester(caller(request), teacher, **data)).data, status=201)

    @extend_schema(request=SemesterChange, responses={200: SemesterOut, **error_responses(400, 401, 404, 503)})
    def partial_update(self, request: Request, pk: int) -> Response:
        semester = self.get_object()
        shape = SemesterChange(data=request.data)
        shape.is_valid(raise_exception=True)
        return Response(SemesterOut(semesters.change_semester(caller(request), semester, **shape.validated_data)).data)

    @extend_schema(responses={204: None, **error_responses(401, 404, 503, conflict="It has courses.")})
    def destroy(self, request: Request, pk: int) -> Response:
        semesters.delete_semester(caller(request), self.get_object())
        return Response(status=204)
