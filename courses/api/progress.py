"""/api/v1/courses/<course>/matrix/, progress/ and tasks/<task>/summaries/, late/ and count/: the work of students.

These are for those who see the class; a student reads their own progress only. The teachers and staff count a
completion that was removed, and assistants where the course lets them.
"""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response

from courses.api.course_view import CourseView
from courses.api.permissions import caller, visible_rows, within
from courses.api.query_params import MatrixQuery, ProgressQuery, StudentQuery
from courses.api.serializers.progress import CountIn, MatrixOut, ProgressOut, SummaryOut
from courses.domain import counted_completions
from courses.models import Enrolment, Progress, Task
from courses.pages.matrix import build_matrix
from courses.pages.matrix_filters import MatrixFilters
from courses.pages.task_summaries import summaries
from courses.rules import permissions
from kernel.api.error_schema import error_responses

NOT_REMOVED = "No completion of this task was removed by a rewrite."
FILTERS = {
    "group": "enrolment__group__group_id",
    "username": "enrolment__person__username",
    "task": "task",
    "state": "state",
}
STUDENT_FILTERS = {"group": "group__group_id", "username": "person__username"}


class Matrix(CourseView):
    serializer_class = MatrixOut

    @extend_schema(parameters=[MatrixQuery], responses={200: MatrixOut, **error_responses(400, 401, 403, 404)})
    def get(self, request: Request, pk: int) -> Response:
        """Read the matrix of students and tasks with their states, as the page shows it."""
        (course, limit), filters = self.get_class_and_limit(), MatrixFilters(**MatrixQuery.of(request))
        return Response(MatrixOut(build_matrix(course, filters, timezone.now(), limit=limit, efforts=True)).data)


class ProgressList(CourseView):
    queryset = Progress.objects.none()
    serializer_class = ProgressOut

    @extend_schema(
        operation_id="courses_progress_list",
        parameters=[ProgressQuery],
        responses={200: ProgressOut(many=True), **error_responses(400, 401, 404)},
    )
    def get(self, request: Request, pk: int) -> Response:
        """List one row for each task that a student has begun: of the class, or of the caller."""
        filters = {FILTERS[name]: value for name, value in ProgressQuery.of(request).items()}
        rows = self.paginate_queryset(self._visible_progress().filter(**filters))
        return self.get_paginated_response(ProgressOut(rows, many=True).data)

    def _visible_progress(self) -> QuerySet[Progress]:
        course = self.get_course()
        rows = Progress.objects.filter(enrolment__course=course).select_related("enrolment__person")
        return visible_rows(rows, self.request, course, "enrolment__").order_by("pk")


class TaskView(CourseView):
    """A view about one task and the whole class."""

    queryset = Enrolment.objects.none()
    serializer_class = SummaryOut

    def get_task_and_students(self) -> tuple[Task, QuerySet[Enrolment]]:
        """Return the task, and the students that the query asks for and the caller sees, by user name."""
        course, limit = self.get_class_and_limit()
        task = generics.get_object_or_404(course.tasks, pk=self.kwargs["task_pk"])
        filters: dict[str, Any] = {
            STUDENT_FILTERS[name]: value for name, value in StudentQuery.of(self.request).items()
        }
        students = within(course.enrolments.filter(role=Enrolment.Role.STUDENT, **filters), limit)
        return task, students.select_related("person", "group").order_by("person__username")


class TaskSummaries(TaskView):
    @extend_schema(
        operation_id="courses_tasks_summaries",
        parameters=[StudentQuery],
        responses={200: SummaryOut(many=True), **error_responses(400, 401, 403, 404)},
    )
    def get(self, request: Request, pk: int, task_pk: int) -> Response:
        """List what each student did of this task before and after their deadline."""
        task, students = self.get_task_and_students()
        rows = summaries(task, self.paginate_queryset(students) or [], timezone.now())
        return self.get_paginated_response(SummaryOut(rows, many=True).data)


class CountedTask(CourseView):
    queryset = Enrolment.objects.none()
    serializer_class = CountIn

    @extend_schema(
        request=CountIn,
        responses={200: SummaryOut, **error_responses(400, 401, 403, 404, 503, conflict=NOT_REMOVED)},
    )
    def post(self, request: Request, pk: int, task_pk: int) -> Response:
        """Count a student's completion that a rewrite of the history removed, or no longer with `counted` false."""
        course, limit = self.get_permitted_course(permissions.may_override)
        tasks = course.tasks.select_related("course__semester__teacher")
        task = generics.get_object_or_404(tasks, pk=self.kwargs["task_pk"])
        serializer = CountIn(data=request.data)
        serializer.is_valid(raise_exception=True)
        enrolment = self.get_student(course, serializer.validated_data["username"], limit)
        is_counted = serializer.validated_data["counted"]
        change = counted_completions.count_completion if is_counted else counted_completions.stop_counting
        change(caller(request), task, enrolment)
        return Response(SummaryOut(summaries(task, [enrolment], timezone.now())[0]).data)


class LateStudents(TaskView):
    pagination_class = None  # type: ignore[assignment]

    @extend_schema(
        operation_id="courses_tasks_late",
        parameters=[StudentQuery],
        responses={200: SummaryOut(many=True), **error_responses(400, 401, 403, 404)},
    )
    def get(self, request: Request, pk: int, task_pk: int) -> Response:
        """List the students who did this task after their deadline, or whose deadline is over and who did not do it."""
        task, students = self.get_task_and_students()
        rows = [row for row in summaries(task, students, timezone.now()) if row.late]
        return Response(SummaryOut(rows, many=True).data)
