"""/api/v1/courses/<course>/tasks/: the tree of a course. Parse, call one verb, answer."""

from typing import Any

from django.db.models import Q
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response

from courses.api.callers import InCourse, caller
from courses.api.query_params import TaskQuery
from courses.api.serializers import TaskChange, TaskIn, TaskOut
from courses.domain import course_tasks
from courses.models import Course, Task
from kernel.api.error_schema import error_responses

TAKEN = "There is a task at this path."


class Tasks(InCourse):
    """The tasks of a course in their order, for everybody in it; their paths make the tree."""

    queryset = Task.objects.none()
    serializer_class = TaskIn

    @extend_schema(
        operation_id="courses_tasks_list",
        parameters=[TaskQuery],
        responses={200: TaskOut(many=True), **error_responses(400, 401, 404)},
    )
    def get(self, request: Request, pk: int) -> Response:
        rows = self.course().tasks.filter(_asked(TaskQuery.of(request))).order_by("position", "pk")
        return self.get_paginated_response(TaskOut(self.paginate_queryset(rows), many=True).data)

    @extend_schema(request=TaskIn, responses={201: TaskOut, **error_responses(400, 401, 403, 404, 503, conflict=TAKEN)})
    def post(self, request: Request, pk: int) -> Response:
        """Add a task; a Git exercise is told to the Git module, and what was pushed is matched anew."""
        course = self.changeable()
        shape = TaskIn(data=request.data)
        shape.is_valid(raise_exception=True)
        return Response(
            TaskOut(course_tasks.add_task(caller(request), course, **shape.validated_data)).data, status=201
        )


class TaskDetail(InCourse):
    queryset = Task.objects.none()
    serializer_class = TaskChange

    @extend_schema(responses={200: TaskOut, **error_responses(401, 404)})
    def get(self, request: Request, pk: int, task_pk: int) -> Response:
        return Response(TaskOut(self._task(self.course())).data)

    @extend_schema(
        request=TaskChange, responses={200: TaskOut, **error_responses(400, 401, 403, 404, 503, conflict=TAKEN)}
    )
    def patch(self, request: Request, pk: int, task_pk: int) -> Response:
        """Change some fields of a task; what was pushed is judged anew."""
        task = self._task(self.changeable())
        shape = TaskChange(data=request.data)
        shape.is_valid(raise_exception=True)
        return Response(TaskOut(course_tasks.change_task(caller(request), task, **shape.validated_data)).data)

    @extend_schema(responses={204: None, **error_responses(401, 403, 404, 503)})
    def delete(self, request: Request, pk: int, task_pk: int) -> Response:
        """Take a task away; tasks below it stay."""
        course_tasks.delete_task(caller(request), self._task(self.changeable()))
        return Response(status=204)

    def _task(self, course: Course) -> Task:
        tasks = course.tasks.select_related("course__semester__teacher")
        return generics.get_object_or_404(tasks, pk=self.kwargs["task_pk"])


def _asked(query: dict[str, Any]) -> Q:
    asked = Q(asks_for=query["asks_for"]) if "asks_for" in query else Q()
    under = query.get("under", "/").rstrip("/")
    return asked & (Q(path=under) | Q(path__startswith=f"{under}/")) if under else asked
