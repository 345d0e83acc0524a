"""/api/v1/courses/<course>/answers/ and tasks/<task>/answer/: texts and ticks, given by the student alone, read
also by those who see the class.
"""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.principals import is_program
from courses.api.callers import InCourse, caller
from courses.api.progress_serializers import AnswerIn, AnswerOut
from courses.api.query_params import AnswerQuery
from courses.domain import answers
from courses.models import Answer, Enrolment, Task
from courses.rules import permissions
from kernel.api.error_schema import described

NAMES = {"group": "enrolment__group__group_id", "username": "enrolment__person__username", "task": "task"}
NOT_NOW = "The task asks for neither a text nor a tick, or the course is put away."


class Answers(InCourse):
    queryset = Answer.objects.none()
    serializer_class = AnswerOut

    @extend_schema(
        operation_id="courses_answers_list",
        parameters=[AnswerQuery],
        responses={200: AnswerOut(many=True), **described(400, 401, 404)},
    )
    def get(self, request: Request, pk: int) -> Response:
        """The answers that count: of the class, or the caller's own."""
        asked = {NAMES[name]: value for name, value in AnswerQuery.of(request).items()}
        rows = self.paginate_queryset(self._seen().filter(**asked))
        return self.get_paginated_response(AnswerOut(rows, many=True).data)

    def _seen(self) -> QuerySet[Answer]:
        course, user = self.course(), caller(self.request)
        rows = Answer.objects.matching_task().filter(enrolment__course=course).select_related("enrolment__person")
        if not (is_program(user) or permissions.may_see_class(user, course)):
            rows = rows.filter(enrolment__person=user)
        return rows.order_by("pk")


class OwnAnswer(InCourse):
    """The caller's own answer to a task: a student of the course reads, gives and takes back theirs and no other."""

    queryset = Answer.objects.none()
    serializer_class = AnswerIn

    @extend_schema(responses={200: AnswerOut, **described(401, 404)})
    def get(self, request: Request, pk: int, task_pk: int) -> Response:
        """While it is what the task asks for; what was given for another thing is kept, and can be taken back."""
        given = Answer.objects.matching_task().select_related("enrolment__person")
        return Response(AnswerOut(self._found(given, *self._own())).data)

    @extend_schema(request=AnswerIn, responses={200: AnswerOut, **described(400, 401, 403, 404, 503, conflict=NOT_NOW)})
    def put(self, request: Request, pk: int, task_pk: int) -> Response:
        """Give it, or change it: the first time still counts for the deadline."""
        enrolment, task = self._own()
        shape = AnswerIn(data=request.data)
        shape.is_valid(raise_exception=True)
        return Response(AnswerOut(answers.give(caller(request), enrolment, task, **shape.validated_data)).data)

    @extend_schema(responses={204: None, **described(401, 403, 404, 503, conflict=NOT_NOW)})
    def delete(self, request: Request, pk: int, task_pk: int) -> Response:
        """Take it back: the task is not done any more."""
        enrolment, task = self._own()
        self._found(Answer.objects.all(), enrolment, task)
        answers.take_back(caller(request), enrolment, task)
        return Response(status=204)

    def _found(self, rows: QuerySet[Answer], enrolment: Enrolment, task: Task) -> Answer:
        return generics.get_object_or_404(rows, enrolment=enrolment, task=task)

    def _own(self) -> tuple[Enrolment, Task]:
        course, user = self.course(), self.request.user
        if not user.pk:
            raise Http404
        students: Any = course.enrolments.select_related("person").filter(role=Enrolment.Role.STUDENT)
        enrolment = generics.get_object_or_404(students, person=user)
        return enrolment, generics.get_object_or_404(course.tasks, pk=self.kwargs["task_pk"])
