"""/api/v1/courses/<course>/repositories/: given and removed by the student, seen by those who see the class."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.principals import is_program
from courses.api.callers import InCourse, caller
from courses.api.progress_serializers import RepositoryIn, RepositoryOut
from courses.api.query_params import RepositoryQuery
from courses.domain import student_repositories
from courses.models import Enrolment, StudentRepository
from courses.rules import permissions
from kernel.api.error_schema import error_responses

NAMES = {
    "group": "enrolment__group__group_id",
    "username": "enrolment__person__username",
    "state": "state",
    "repo_path": "repo_path",
}


class Repositories(InCourse):
    """The repositories of a course with their state: a student's own, or the whole class's."""

    queryset = StudentRepository.objects.none()
    serializer_class = RepositoryIn

    @extend_schema(
        operation_id="courses_repositories_list",
        parameters=[RepositoryQuery],
        responses={200: RepositoryOut(many=True), **error_responses(400, 401, 404)},
    )
    def get(self, request: Request, pk: int) -> Response:
        asked = {NAMES[name]: value for name, value in RepositoryQuery.of(request).items()}
        rows = self.paginate_queryset(self._seen().filter(**asked))
        return self.get_paginated_response(RepositoryOut(rows, many=True).data)

    @extend_schema(request=RepositoryIn, responses={200: RepositoryOut, **error_responses(400, 401, 403, 404, 503)})
    def put(self, request: Request, pk: int) -> Response:
        """Give or replace one's own repository at a place. It is read at once; `state` says how that went."""
        enrolment = self._own()
        shape = RepositoryIn(data=request.data)
        shape.is_valid(raise_exception=True)
        repository = student_repositories.give_repository(caller(request), enrolment, **shape.validated_data)
        return Response(RepositoryOut(repository).data)

    @extend_schema(
        parameters=[OpenApiParameter("repo_path", str, description="Left out: the course's root.")],
        responses={204: None, **error_responses(401, 403, 404, 503)},
    )
    def delete(self, request: Request, pk: int) -> Response:
        """Take one's own repository away, with all that was read from it."""
        enrolment = self._own()
        given = enrolment.student_repositories.filter(repo_path=request.query_params.get("repo_path", "/"))
        repository = generics.get_object_or_404(given)
        repository.enrolment = enrolment
        student_repositories.remove_repository(caller(request), repository)
        return Response(status=204)

    def _seen(self) -> QuerySet[StudentRepository]:
        course, user = self.course(), caller(self.request)
        given = StudentRepository.objects.filter(enrolment__course=course).select_related("enrolment__person")
        if not (is_program(user) or permissions.may_see_class(user, course)):
            given = given.filter(enrolment__person=user)
        return given.order_by("pk")

    def _own(self) -> Enrolment:
        user: Any = caller(self.request)
        if not user.pk:
            raise Http404
        found = Enrolment.objects.select_related("course__semester__teacher", "person", "group")
        return generics.get_object_or_404(found, course=self.kwargs["pk"], person=user, role=Enrolment.Role.STUDENT)
