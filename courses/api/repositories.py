"""/api/v1/courses/<course>/repositories/: the repositories of students.

Only the student gives and removes a repository. Those who see the class read those of their students.
"""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response

from courses.api.course_view import CourseView
from courses.api.permissions import caller, calling_user, visible_rows
from courses.api.query_params import RepositoryQuery
from courses.api.serializers.repositories import (
    ConfirmIn,
    ConfirmOut,
    RepositoryIn,
    RepositoryOut,
    UnconfirmedOut,
)
from courses.domain import student_repositories
from courses.git import repository_confirmation
from courses.models import Enrolment, StudentRepository
from kernel.api.error_schema import error_responses
from kernel.api.input_fields import Query

FILTERS = {
    "group": "enrolment__group__group_id",
    "username": "enrolment__person__username",
    "state": "state",
    "repo_path": "repo_path",
}


class RepositoryList(CourseView):
    """The repositories of a course with their state: a student's own, or the whole class's."""

    queryset = StudentRepository.objects.none()
    serializer_class = RepositoryIn

    @extend_schema(
        operation_id="courses_repositories_list",
        parameters=[RepositoryQuery],
        responses={200: RepositoryOut(many=True), **error_responses(400, 401, 404)},
    )
    def get(self, request: Request, pk: int) -> Response:
        filters = {FILTERS[name]: value for name, value in RepositoryQuery.of(request).items()}
        rows = self.paginate_queryset(self._visible_repositories().filter(**filters))
        return self.get_paginated_response(RepositoryOut(rows, many=True, context=self._context()).data)

    @extend_schema(request=RepositoryIn, responses={200: RepositoryOut, **error_responses(400, 401, 403, 404, 503)})
    def put(self, request: Request, pk: int) -> Response:
        """Give or replace one's own repository for a `repo_path`. It is read soon; `state` says how that goes."""
        enrolment = self._get_own_enrolment()
        serializer = RepositoryIn(data=request.data)
        serializer.is_valid(raise_exception=True)
        repository = student_repositories.give_repository(calling_user(request), enrolment, **serializer.validated_data)
        return Response(RepositoryOut(repository, context=self._context()).data)

    @extend_schema(
        parameters=[OpenApiParameter("repo_path", str, description='By default the course\'s root, "/".')],
        responses={204: None, **error_responses(401, 403, 404, 503)},
    )
    def delete(self, request: Request, pk: int) -> Response:
        """Remove one's own repository, with all data that was read from it."""
        enrolment = self._get_own_enrolment()
        rows = enrolment.student_repositories.filter(repo_path=request.query_params.get("repo_path", "/"))
        repository = generics.get_object_or_404(rows)
        repository.enrolment = enrolment
        student_repositories.remove_repository(calling_user(request), repository)
        return Response(status=204)

    def _context(self) -> dict[str, Any]:
        rows = repository_confirmation.waiting_registrations(self.get_course())
        return {"unconfirmed": {(row.student_id, row.repo_path) for row in rows}}

    def _visible_repositories(self) -> QuerySet[StudentRepository]:
        course = self.get_course()
        rows = StudentRepository.objects.filter(enrolment__course=course).select_related("enrolment__person")
        return visible_rows(rows, self.request, course, "enrolment__").order_by("pk")

    def _get_own_enrolment(self) -> Enrolment:
        """Return the caller's enrolment. Raises Http404 for anyone but a student of the course."""
        user = calling_user(self.request)
        rows = Enrolment.objects.select_related("course__semester__teacher", "person", "group")
        return generics.get_object_or_404(rows, course=self.kwargs["pk"], person=user, role=Enrolment.Role.STUDENT)


class UnconfirmedRepositories(CourseView):
    """The repositories of a course that wait for the teacher's confirmation: not everybody can read them."""

    queryset = StudentRepository.objects.none()
    serializer_class = ConfirmIn
    pagination_class = None  # type: ignore[assignment]  # one class at most

    @extend_schema(
        operation_id="courses_repositories_unconfirmed_list",
        responses={200: UnconfirmedOut(many=True), **error_responses(400, 401, 403, 404)},
    )
    def get(self, request: Request, pk: int) -> Response:
        """List them by user name. Nothing of them is shown anywhere until the teacher confirms them."""
        Query.of(request)
        rows = repository_confirmation.waiting_registrations(self.get_changeable_course())
        return Response(UnconfirmedOut(rows, many=True).data)

    @extend_schema(request=ConfirmIn, responses={200: ConfirmOut, **error_responses(400, 401, 403, 404, 503)})
    def post(self, request: Request, pk: int) -> Response:
        """Confirm them, one, some or all: they are read and counted from now on. Returns how many there were."""
        course = self.get_changeable_course()
        serializer = ConfirmIn(data=request.data)
        serializer.is_valid(raise_exception=True)
        keys = serializer.validated_data.get("ids")
        return Response({"confirmed": student_repositories.confirm_repositories(caller(request), course, keys)})
