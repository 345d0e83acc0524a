"""/api/v1/courses/<course>/answers/ and tasks/<task>/answer/: students' texts and ticks.

Only the student gives and takes back an answer. Those who see the class read the answers of their students.
"""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response

from courses.api.course_view import CourseView
from courses.api.permissions import calling_user, visible_rows
from courses.api.query_params import AnswerQuery
from courses.api.serializers.answers import AnswerIn, AnswerOut
from courses.domain import answers
from courses.models import Answer, Enrolment, Task
from kernel.api.error_schema import error_responses

FILTERS = {"group": "enrolment__group__group_id", "username": "enrolment__person__username", "task": "task"}
NOT_NOW = "The task asks for neither a text nor a tick, or the course is archived."


class AnswerList(CourseView):
    queryset = Answer.objects.none()
    serializer_class = AnswerOut

    @extend_schema(
        operation_id="courses_answers_list",
        parameters=[AnswerQuery],
        responses={200: AnswerOut(many=True), **error_responses(400, 401, 404)},
    )
    def get(self, request: Request, pk: int) -> Response:
        """List the answers that count: those of the class, or the caller's own."""
        filters = {FILTERS[name]: value for name, value in AnswerQuery.of(request).items()}
        rows = self.paginate_queryset(self._visible_answers().filter(**filters))
        return self.get_paginated_response(AnswerOut(rows, many=True).data)

    def _visible_answers(self) -> QuerySet[Answer]:
        course = self.get_course()
        rows = Answer.objects.matching_task().filter(enrolment__course=course).select_related("enrolment__person")
        return visible_rows(rows, self.request, course, "enrolment__").order_by("pk")


class OwnAnswer(CourseView):
    """The caller's own answer to a task. Only a student of the course has one; nobody reads another's here."""

    queryset = Answer.objects.none()
    serializer_class = AnswerIn

    @extend_schema(responses={200: AnswerOut, **error_responses(401, 404)})
    def get(self, request: Request, pk: int, task_pk: int) -> Response:
        """Read it. An answer of a kind that the task no longer asks for gives 404; it can still be taken back."""
        answers_that_count = Answer.objects.matching_task().select_related("enrolment__person")
        return Response(AnswerOut(self._get_answer(answers_that_count, *self._get_own_task())).data)

    @extend_schema(
        request=AnswerIn, responses={200: AnswerOut, **error_responses(400, 401, 403, 404, 503, conflict=NOT_NOW)}
    )
    def put(self, request: Request, pk: int, task_pk: int) -> Response:
        """Give or change it. The time of the first answer still counts for the deadline."""
        enrolment, task = self._get_own_task()
        serializer = AnswerIn(data=request.data)
        serializer.is_valid(raise_exception=True)
        answer = answers.give_answer(calling_user(request), enrolment, task, **serializer.validated_data)
        return Response(AnswerOut(answer).data)

    @extend_schema(responses={204: None, **error_responses(401, 403, 404, 503, conflict=NOT_NOW)})
    def delete(self, request: Request, pk: int, task_pk: int) -> Response:
        """Take it back. The task is then no longer done."""
        enrolment, task = self._get_own_task()
        self._get_answer(Answer.objects.all(), enrolment, task)
        answers.take_back_answer(calling_user(request), enrolment, task)
        return Response(status=204)

    def _get_answer(self, rows: QuerySet[Answer], enrolment: Enrolment, task: Task) -> Answer:
        return generics.get_object_or_404(rows, enrolment=enrolment, task=task)

    def _get_own_task(self) -> tuple[Enrolment, Task]:
        """Return the caller's enrolment and the task of the URL. Raises Http404 for anyone but a student."""
        course, user = self.get_course(), calling_user(self.request)
        students: Any = course.enrolments.select_related("person").filter(role=Enrolment.Role.STUDENT)
        enrolment = generics.get_object_or_404(students, person=user)
        return enrolment, generics.get_object_or_404(course.tasks, pk=self.kwargs["task_pk"])
