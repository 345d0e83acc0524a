"""/api/v1/courses/<course>/group-deadlines/ and extensions/: deadlines of groups and of single students.

Those who see the class read those of their students and groups; the teachers and staff change them. Assistants grant
extensions where the course lets them.
"""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response

from courses.api.course_view import CourseView
from courses.api.permissions import caller, within
from courses.api.query_params import ExtensionQuery, GroupDeadlineQuery
from courses.api.serializers.deadlines import ExtensionIn, ExtensionOut, GroupDeadlineIn, GroupDeadlineOut
from courses.domain import extensions, group_deadlines
from courses.models import Course, Extension, GroupDeadline, Task
from courses.rules import permissions
from kernel.api.error_schema import error_responses
from kernel.errors import Malformed

GROUP_DEADLINE_FILTERS = {"task": "task", "group": "group__group_id"}
EXTENSION_FILTERS = {"task": "task", "group": "enrolment__group__group_id", "username": "enrolment__person__username"}


class GroupDeadlineList(CourseView):
    """The deadlines of groups, each in place of the task's own."""

    queryset = GroupDeadline.objects.none()
    serializer_class = GroupDeadlineIn

    @extend_schema(
        operation_id="courses_group_deadlines_list",
        parameters=[GroupDeadlineQuery],
        responses={200: GroupDeadlineOut(many=True), **error_responses(400, 401, 403, 404)},
    )
    def get(self, request: Request, pk: int) -> Response:
        filters = {GROUP_DEADLINE_FILTERS[name]: value for name, value in GroupDeadlineQuery.of(request).items()}
        course, limit = self.get_class_and_limit()
        rows = self.paginate_queryset(within(_group_deadlines(course).filter(**filters), limit))
        return self.get_paginated_response(GroupDeadlineOut(rows, many=True).data)

    @extend_schema(
        request=GroupDeadlineIn, responses={200: GroupDeadlineOut, **error_responses(400, 401, 403, 404, 503)}
    )
    def put(self, request: Request, pk: int) -> Response:
        """Set the deadline of a task for a group; a second one replaces the first."""
        course = self.get_changeable_course()
        serializer = GroupDeadlineIn(data=request.data)
        serializer.is_valid(raise_exception=True)
        data: dict[str, Any] = serializer.validated_data
        task, group = _get_task(course, data["task"]), course.groups.filter(group_id=data["group"]).first()
        if group is None:
            raise Malformed("unknown_group", _("This group is not in the course."), field="group")
        row = group_deadlines.set_group_deadline(caller(request), task, group, deadline=data["deadline"])
        return Response(GroupDeadlineOut(row).data)


class GroupDeadlineDetail(CourseView):
    queryset = GroupDeadline.objects.none()
    serializer_class = GroupDeadlineOut

    @extend_schema(responses={204: None, **error_responses(401, 403, 404, 503)})
    def delete(self, request: Request, pk: int, deadline_pk: int) -> Response:
        """Remove the group's deadline; the task's own counts again."""
        rows = _group_deadlines(self.get_changeable_course())
        row = generics.get_object_or_404(rows, pk=self.kwargs["deadline_pk"])
        group_deadlines.remove_group_deadline(caller(request), row)
        return Response(status=204)


class ExtensionList(CourseView):
    """Later deadlines granted to students, with the reasons."""

    queryset = Extension.objects.none()
    serializer_class = ExtensionIn

    @extend_schema(
        operation_id="courses_extensions_list",
        parameters=[ExtensionQuery],
        responses={200: ExtensionOut(many=True), **error_responses(400, 401, 403, 404)},
    )
    def get(self, request: Request, pk: int) -> Response:
        filters = {EXTENSION_FILTERS[name]: value for name, value in ExtensionQuery.of(request).items()}
        course, limit = self.get_class_and_limit()
        rows = self.paginate_queryset(within(_extensions(course).filter(**filters), limit, "enrolment__"))
        return self.get_paginated_response(ExtensionOut(rows, many=True).data)

    @extend_schema(request=ExtensionIn, responses={200: ExtensionOut, **error_responses(400, 401, 403, 404, 503)})
    def put(self, request: Request, pk: int) -> Response:
        """Grant a student a later deadline of a task; a second extension replaces the first."""
        course, limit = self.get_permitted_course(permissions.may_extend)
        serializer = ExtensionIn(data=request.data)
        serializer.is_valid(raise_exception=True)
        data: dict[str, Any] = serializer.validated_data
        enrolment, task = self.get_student(course, data["username"], limit), _get_task(course, data["task"])
        extension = extensions.grant_extension(
            caller(request), task, enrolment, deadline=data["deadline"], reason=data["reason"]
        )
        return Response(ExtensionOut(extension).data)


class ExtensionDetail(CourseView):
    queryset = Extension.objects.none()
    serializer_class = ExtensionOut

    @extend_schema(responses={204: None, **error_responses(401, 403, 404, 503)})
    def delete(self, request: Request, pk: int, extension_pk: int) -> Response:
        """Withdraw the extension; the deadline of the group or of the task counts again."""
        course, limit = self.get_permitted_course(permissions.may_extend)
        rows = within(_extensions(course), limit, "enrolment__")
        row = generics.get_object_or_404(rows, pk=self.kwargs["extension_pk"])
        extensions.withdraw_extension(caller(request), row)
        return Response(status=204)


def _get_task(course: Course, task_id: int) -> Task:
    """Return a task of the course. Raises Malformed when the course has no such task."""
    task = course.tasks.select_related("course__semester__teacher").filter(pk=task_id).first()
    if task is None:
        raise Malformed("unknown_task", _("This task is not in the course."), field="task")
    return task


def _group_deadlines(course: Course) -> QuerySet[GroupDeadline]:
    rows = GroupDeadline.objects.filter(task__course=course)
    return rows.select_related("task__course__semester__teacher", "group").order_by("pk")


def _extensions(course: Course) -> QuerySet[Extension]:
    rows = Extension.objects.filter(task__course=course)
    return rows.select_related(
        "task__course__semester__teacher", "enrolment__person", "enrolment__course", "granted_by"
    ).order_by("pk")
