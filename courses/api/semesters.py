"""/api/v1/courses/semesters/: the semesters of teachers."""

from typing import Any

from django.core.exceptions import PermissionDenied
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from courses.api.course_view import with_version
from courses.api.groups import ID_IN_USE
from courses.api.permissions import acts_for_teachers, caller, changeable_semesters, get_teacher
from courses.api.query_params import SemesterQuery
from courses.api.serializers.semesters import SemesterChange, SemesterIn, SemesterOut
from courses.domain import semesters
from courses.models import Semester
from courses.rules import permissions
from kernel.api.error_schema import error_responses
from kernel.api.if_match import IF_MATCH, WithoutVersions, matching_tag
from kernel.api.paging import CappedCountPagination

FILTERS = {"semester_id": "semester_id", "teacher": "teacher__username"}


@extend_schema_view(retrieve=extend_schema(responses={200: SemesterOut, **error_responses(401, 404)}))
class SemesterViewSet(WithoutVersions, viewsets.ReadOnlyModelViewSet[Semester]):
    """A teacher's own semesters and those that they co-teach in; for staff and programs, those of all teachers."""

    queryset = Semester.objects.none()
    serializer_class = SemesterOut
    pagination_class = CappedCountPagination
    filter_backends: list[Any] = []
    checks_if_match = ("PATCH", "DELETE")

    def get_serializer_class(self) -> Any:
        return {"create": SemesterIn, "partial_update": SemesterChange}.get(self.action, SemesterOut)

    def get_queryset(self) -> Any:
        return changeable_semesters(self.request)

    @extend_schema(parameters=[SemesterQuery], responses={200: SemesterOut(many=True), **error_responses(400, 401)})
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        filters = {FILTERS[name]: value for name, value in SemesterQuery.of(request).items()}
        rows = self.paginate_queryset(self.get_queryset().filter(**filters))
        return self.get_paginated_response(SemesterOut(rows, many=True).data)

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        semester = self.get_object()
        return with_version(SemesterOut(semester).data, semester)

    @extend_schema(
        request=SemesterIn,
        responses={
            201: SemesterOut,
            **error_responses(400, 401, 403, 503, conflict="The teacher has a semester with this id."),
        },
    )
    def create(self, request: Request) -> Response:
        """Create a semester. Creating a course with a new semester_id creates its semester too."""
        serializer = SemesterIn(data=request.data)
        serializer.is_valid(raise_exception=True)
        data = dict(serializer.validated_data)
        teacher = get_teacher(request, data.pop("teacher"))
        semester = semesters.create_semester(caller(request), teacher, **data)
        return with_version(SemesterOut(semester).data, semester, status=201)

    @extend_schema(
        request=SemesterChange,
        parameters=[IF_MATCH],
        responses={200: SemesterOut, **error_responses(400, 401, 403, 404, 412, 503, conflict=ID_IN_USE)},
    )
    def partial_update(self, request: Request, pk: int) -> Response:
        """Change the title, the days or the id of a semester."""
        semester = self.get_object()
        serializer = SemesterChange(data=request.data)
        serializer.is_valid(raise_exception=True)
        with matching_tag(request) as version:
            semesters.change_semester(caller(request), semester, version=version, **serializer.validated_data)
        return with_version(SemesterOut(semester).data, semester)

    @extend_schema(
        parameters=[IF_MATCH],
        responses={204: None, **error_responses(400, 401, 403, 404, 412, 503, conflict="The semester has courses.")},
    )
    def destroy(self, request: Request, pk: int) -> Response:
        """Delete an empty semester. Its co-teachers may not."""
        semester = self.get_object()
        user = caller(request)
        if not acts_for_teachers(user) and not permissions.may_delete_semester(user, semester):
            raise PermissionDenied
        with matching_tag(request) as version:
            semesters.delete_semester(caller(request), semester, version=version)
        return Response(status=204)
