"""Deadlines that are not the task's own: a group's, and the later ones granted to students. For those who see the whole
class; the teacher and staff change them.
"""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response

from courses.api.callers import InCourse, caller
from courses.api.progress_serializers import ExtensionIn, ExtensionOut, GroupDeadlineIn, GroupDeadlineOut
from courses.api.query_params import ExtensionQuery, GroupDeadlineQuery
from courses.domain import extensions, group_deadlines
from courses.models import Course, Extension, GroupDeadline, Task
from kernel.api.error_schema import described
from kernel.errors import Malformed

WHERE = {"task": "task", "group": "group__group_id"}
WHOSE = {"task": "task", "group": "enrolment__group__group_id", "username": "enrolment__person__username"}


class GroupDeadlines(InCourse):
    """Deadlines that stand for a group in place of the task's."""

    queryset = GroupDeadline.objects.none()
    serializer_class = GroupDeadlineIn

    @extend_schema(
        operation_id="courses_group_deadlines_list",
        parameters=[GroupDeadlineQuery],
        responses={200: GroupDeadlineOut(many=True), **described(400, 401, 403, 404)},
    )
    def get(self, request: Request, pk: int) -> Response:
        asked = {WHERE[name]: value for name, value in GroupDeadlineQuery.of(request).items()}
        rows = self.paginate_queryset(_group_deadlines(self.class_of()).filter(**asked))
        return self.get_paginated_response(GroupDeadlineOut(rows, many=True).data)

    @extend_schema(request=GroupDeadlineIn, responses={200: GroupDeadlineOut, **described(400, 401, 403, 404, 503)})
    def put(self, request: Request, pk: int) -> Response:
        """Set the deadline of a task for a group; set again, it takes the place of the last."""
        course = self.changeable()
        shape = GroupDeadlineIn(data=request.data)
        shape.is_valid(raise_exception=True)
        task, group = _task(course, shape), course.groups.filter(group_id=shape.validated_data["group"]).first()
        if group is None:
            raise Malformed("unknown_group", _("This group is not in the course."), field="group")
        deadline = shape.validated_data["deadline"]
        return Response(
            GroupDeadlineOut(group_deadlines.set_group_deadline(caller(request), task, group, deadline=deadline)).data
        )


class GroupDeadlineDetail(InCourse):
    queryset = GroupDeadline.objects.none()
    serializer_class = GroupDeadlineOut

    @extend_schema(responses={204: None, **described(401, 403, 404, 503)})
    def delete(self, request: Request, pk: int, deadline_pk: int) -> Response:
        """The group's deadline is the task's again."""
        rows = _group_deadlines(self.changeable())
        row = generics.get_object_or_404(rows, pk=self.kwargs["deadline_pk"])
        group_deadlines.remove_group_deadline(caller(request), row)
        return Response(status=204)


class Extensions(InCourse):
    """Later deadlines granted to students, and why."""

    queryset = Extension.objects.none()
    serializer_class = ExtensionIn

    @extend_schema(
        operation_id="courses_extensions_list",
        parameters=[ExtensionQuery],
        responses={200: ExtensionOut(many=True), **described(400, 401, 403, 404)},
    )
    def get(self, request: Request, pk: int) -> Response:
        asked = {WHOSE[name]: value for name, value in ExtensionQuery.of(request).items()}
        rows = self.paginate_queryset(_extensions(self.class_of()).filter(**asked))
        return self.get_paginated_response(ExtensionOut(rows, many=True).data)

    @extend_schema(request=ExtensionIn, responses={200: ExtensionOut, **described(400, 401, 403, 404, 503)})
    def put(self, request: Request, pk: int) -> Response:
        """Grant a student a later deadline of a task; granted again, it takes the place of the one before."""
        course = self.changeable()
        shape = ExtensionIn(data=request.data)
        shape.is_valid(raise_exception=True)
        data: dict[str, Any] = shape.validated_data
        enrolment = self.student(course, data["username"])
        made = extensions.grant_extension(
            caller(request), _task(course, shape), enrolment, deadline=data["deadline"], reason=data["reason"]
        )
        return Response(ExtensionOut(made).data)


class ExtensionDetail(InCourse):
    queryset = Extension.objects.none()
    serializer_class = ExtensionOut

    @extend_schema(responses={204: None, **described(401, 403, 404, 503)})
    def delete(self, request: Request, pk: int, extension_pk: int) -> Response:
        """The student's deadline is that of the group or of the task again."""
        row = generics.get_object_or_404(_extensions(self.changeable()), pk=self.kwargs["extension_pk"])
        extensions.withdraw_extension(caller(request), row)
        return Response(status=204)


def _task(course: Course, shape: Any) -> Task:
    task = course.tasks.select_related("course__semester__teacher").filter(pk=shape.validated_data["task"]).first()
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
