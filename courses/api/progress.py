"""What was done in a course: the matrix, the rows behind it, and one task over the class. For those who see the class;
a student reads their own progress.
"""

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.principals import is_program
from courses.api.callers import InCourse, caller
from courses.api.progress_serializers import MatrixOut, ProgressOut, SummaryOut
from courses.api.query_params import MatrixQuery, OfStudents, ProgressQuery
from courses.models import Enrolment, Progress, Task
from courses.pages import matrix
from courses.pages.task_summaries import summaries
from courses.rules import permissions
from kernel.api.error_schema import error_responses

NAMES = {
    "group": "enrolment__group__group_id",
    "username": "enrolment__person__username",
    "task": "task",
    "state": "state",
}


class Matrix(InCourse):
    serializer_class = MatrixOut

    @extend_schema(parameters=[MatrixQuery], responses={200: MatrixOut, **error_responses(400, 401, 403, 404)})
    def get(self, request: Request, pk: int) -> Response:
        """Students by tasks with their states, as the page shows them."""
        course = self.class_of()
        asked = MatrixQuery.of(request)
        wish = matrix.Wish(**asked)
        return Response(MatrixOut(matrix.matrix(course, wish, timezone.now(), efforts=True)).data)


class ProgressRows(InCourse):
    queryset = Progress.objects.none()
    serializer_class = ProgressOut

    @extend_schema(
        operation_id="courses_progress_list",
        parameters=[ProgressQuery],
        responses={200: ProgressOut(many=True), **error_responses(400, 401, 404)},
    )
    def get(self, request: Request, pk: int) -> Response:
        """One row for each task that a student has begun: of the class, or the caller's own."""
        asked = {NAMES[name]: value for name, value in ProgressQuery.of(request).items()}
        rows = self.paginate_queryset(self._seen().filter(**asked))
        return self.get_paginated_response(ProgressOut(rows, many=True).data)

    def _seen(self) -> QuerySet[Progress]:
        course, user = self.course(), caller(self.request)
        rows = Progress.objects.filter(enrolment__course=course).select_related("enrolment__person")
        if not (is_program(user) or permissions.may_see_class(user, course)):
            rows = rows.filter(enrolment__person=user)
        return rows.order_by("pk")


class Summaries(InCourse):
    queryset = Enrolment.objects.none()
    serializer_class = SummaryOut

    @extend_schema(
        operation_id="courses_tasks_summaries",
        parameters=[OfStudents],
        responses={200: SummaryOut(many=True), **error_responses(400, 401, 403, 404)},
    )
    def get(self, request: Request, pk: int, task_pk: int) -> Response:
        """What each student did of this task, on either side of their deadline."""
        task, students = _task(self), _students(self, request)
        rows = summaries(task, self.paginate_queryset(students) or [], timezone.now())
        return self.get_paginated_response(SummaryOut(rows, many=True).data)


class Late(InCourse):
    queryset = Enrolment.objects.none()
    serializer_class = SummaryOut
    pagination_class = None  # type: ignore[assignment]

    @extend_schema(
        operation_id="courses_tasks_late",
        parameters=[OfStudents],
        responses={200: SummaryOut(many=True), **error_responses(400, 401, 403, 404)},
    )
    def get(self, request: Request, pk: int, task_pk: int) -> Response:
        """Who was late with this task, or is: done after their deadline, or not done and it is over."""
        task, students = _task(self), _students(self, request)
        rows = [row for row in summaries(task, students, timezone.now()) if row.late]
        return Response(SummaryOut(rows, many=True).data)


def _task(view: InCourse) -> Task:
    return generics.get_object_or_404(view.class_of().tasks, pk=view.kwargs["task_pk"])


def _students(view: InCourse, request: Request) -> QuerySet[Enrolment]:
    names = {"group": "group__group_id", "username": "person__username"}
    asked = {names[name]: value for name, value in OfStudents.of(request).items()}
    students = Enrolment.objects.filter(course=view.kwargs["pk"], role=Enrolment.Role.STUDENT, **asked)
    return students.select_related("person", "group").order_by("person__username")
