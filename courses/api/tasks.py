"""/api/v1/courses/<course>/tasks/: the tree of a course's tasks."""

from typing import Any

from django.db.models import Q
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response

from courses.api.course_view import CourseView, with_version
from courses.api.permissions import caller, sees_starter
from courses.api.query_params import TaskQuery
from courses.api.serializers.tasks import TaskChange, TaskIn, TaskOut
from courses.domain import course_tasks
from courses.models import Course, Task
from kernel.api.error_schema import error_responses
from kernel.api.if_match import IF_MATCH, matching_tag

PATH_TAKEN = "Another task has this path."


class TaskList(CourseView):
    """The tasks of a course in their order, for everybody in it. Their paths form the tree."""

    queryset = Task.objects.none()
    serializer_class = TaskIn

    @extend_schema(
        operation_id="courses_tasks_list",
        parameters=[TaskQuery],
        responses={200: TaskOut(many=True), **error_responses(400, 401, 404)},
    )
    def get(self, request: Request, pk: int) -> Response:
        course = self.get_course()
        rows = course.tasks.filter(_filters(TaskQuery.of(request))).order_by("position", "pk")
        return self.get_paginated_response(_json(request, course, self.paginate_queryset(rows), many=True))

    @extend_schema(
        request=TaskIn, responses={201: TaskOut, **error_responses(400, 401, 403, 404, 503, conflict=PATH_TAKEN)}
    )
    def post(self, request: Request, pk: int) -> Response:
        """Add a task. The Git module learns of a new Git exercise and matches the pushed commits with it."""
        course = self.get_changeable_course()
        serializer = TaskIn(data=request.data)
        serializer.is_valid(raise_exception=True)
        task = course_tasks.add_task(caller(request), course, **serializer.validated_data)
        return with_version(_json(request, task.course, task), task, status=201)


class TaskDetail(CourseView):
    queryset = Task.objects.none()
    serializer_class = TaskChange
    checks_if_match = ("PATCH", "DELETE")

    @extend_schema(responses={200: TaskOut, **error_responses(401, 404)})
    def get(self, request: Request, pk: int, task_pk: int) -> Response:
        """Read a task."""
        task = self._get_task(self.get_course())
        return with_version(_json(request, task.course, task), task)

    @extend_schema(
        request=TaskChange,
        parameters=[IF_MATCH],
        responses={200: TaskOut, **error_responses(400, 401, 403, 404, 412, 503, conflict=PATH_TAKEN)},
    )
    def patch(self, request: Request, pk: int, task_pk: int) -> Response:
        """Change some fields of a task. Work that was pushed already is evaluated again."""
        task = self._get_task(self.get_changeable_course())
        serializer = TaskChange(data=request.data)
        serializer.is_valid(raise_exception=True)
        with matching_tag(request) as version:
            course_tasks.change_task(caller(request), task, version=version, **serializer.validated_data)
        return with_version(_json(request, task.course, task), task)

    @extend_schema(parameters=[IF_MATCH], responses={204: None, **error_responses(400, 401, 403, 404, 412, 503)})
    def delete(self, request: Request, pk: int, task_pk: int) -> Response:
        """Delete a task. Tasks whose paths are below its path are kept, with their paths."""
        task = self._get_task(self.get_changeable_course())
        with matching_tag(request) as version:
            course_tasks.delete_task(caller(request), task, version=version)
        return Response(status=204)

    def _get_task(self, course: Course) -> Task:
        tasks = course.tasks.select_related("course__semester__teacher")
        return generics.get_object_or_404(tasks, pk=self.kwargs["task_pk"])


def _filters(query: dict[str, Any]) -> Q:
    kind = Q(asks_for=query["asks_for"]) if "asks_for" in query else Q()
    under = query.get("under", "/").rstrip("/")
    return kind & (Q(path=under) | Q(path__startswith=f"{under}/")) if under else kind


def _json(request: Request, course: Course, rows: Any, *, many: bool = False) -> Any:
    """Return the JSON values of a task of the course, or of several."""
    return TaskOut(rows, many=many, context={"sees_starter": sees_starter(caller(request), course)}).data
