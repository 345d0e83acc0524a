"""/api/v1/courses/: create a course with its tasks and people, change it, archive it."""

from typing import Any

from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from courses.api.course_view import CourseView, with_version
from courses.api.enrolments import enrol
from courses.api.groups import ID_IN_USE
from courses.api.permissions import caller, courses_with_visible_starter, get_teacher, visible_courses
from courses.api.query_params import CourseQuery
from courses.api.serializers.courses import CourseChange, CourseIn, CourseOut, StarterOut
from courses.domain import course_tasks, courses
from courses.git import starters
from courses.models import Course
from kernel.api.error_schema import error_responses
from kernel.api.if_match import IF_MATCH, matching_tag
from kernel.api.paging import CappedCountPagination
from kernel.errors import errors_below

FILTERS = {"course_id": "course_id", "semester_id": "semester__semester_id", "teacher": "semester__teacher__username"}


class CourseList(CourseView):
    """The courses that the caller may know of."""

    queryset = Course.objects.none()
    serializer_class = CourseIn
    pagination_class = CappedCountPagination

    @extend_schema(
        operation_id="courses_list",
        parameters=[CourseQuery],
        responses={200: CourseOut(many=True), **error_responses(400, 401)},
    )
    def get(self, request: Request) -> Response:
        query = CourseQuery.of(request)
        rows = visible_courses(request).filter(**{FILTERS[name]: query[name] for name in FILTERS if name in query})
        if query["archived"] is not None:
            rows = rows.filter(archived_at__isnull=not query["archived"])
        return self.get_paginated_response(_json(request, self.paginate_queryset(rows), many=True))

    @extend_schema(
        request=CourseIn,
        responses={201: CourseOut, **error_responses(400, 401, 403, 503, conflict="This course exists already.")},
    )
    def post(self, request: Request) -> Response:
        """Create a course with its tasks and people: either all of them, or none."""
        serializer = CourseIn(data=request.data)
        serializer.is_valid(raise_exception=True)
        data = dict(serializer.validated_data)
        tasks, people = data.pop("tasks"), data.pop("enrolments")
        teacher = get_teacher(request, data.pop("teacher"))
        with transaction.atomic():
            course = courses.create_course(caller(request), teacher, **data)
            for number, task in enumerate(tasks):
                with errors_below(f"tasks.{number}"):
                    course_tasks.add_task(caller(request), course, **task)
            for number, person in enumerate(people):
                with errors_below(f"enrolments.{number}"):
                    enrol(request, course, person)
        return with_version(_json(request, course), course, status=201)


class StarterList(CourseView):
    queryset = Course.objects.none()
    serializer_class = StarterOut
    pagination_class = None  # type: ignore[assignment]  # one for each exercise at most

    @extend_schema(
        operation_id="courses_starters_list",
        responses={200: StarterOut(many=True), **error_responses(401, 403, 404)},
    )
    def get(self, request: Request, pk: int) -> Response:
        """List the repositories that were handed out in the course, and whether they can be read."""
        states = starters.starter_states(self.get_changeable_course())
        rows = [{"path": path, "state": states[path]} for path in sorted(states)]
        return Response(StarterOut(rows, many=True).data)


class CourseDetail(CourseView):
    queryset = Course.objects.none()
    serializer_class = CourseChange
    checks_if_match = ("PATCH",)

    @extend_schema(responses={200: CourseOut, **error_responses(401, 404)})
    def get(self, request: Request, pk: int) -> Response:
        """Read a course."""
        course = self.get_course()
        return with_version(_json(request, course), course)

    @extend_schema(
        request=CourseChange,
        parameters=[IF_MATCH],
        responses={200: CourseOut, **error_responses(400, 401, 403, 404, 412, 503, conflict=ID_IN_USE)},
    )
    def patch(self, request: Request, pk: int) -> Response:
        """Change its title, id or settings, archive it or restore it."""
        course = self.get_changeable_course()
        serializer = CourseChange(data=request.data, partial=True)  # absent fields do not change, in a form too
        serializer.is_valid(raise_exception=True)
        with matching_tag(request) as version:
            courses.change_course(caller(request), course, version=version, **serializer.validated_data)
        return with_version(_json(request, course), course)


def _json(request: Request, rows: Any, *, many: bool = False) -> Any:
    """Return the JSON values of a course, or of several."""
    visible = courses_with_visible_starter(caller(request), rows if many else [rows])
    return CourseOut(rows, many=many, context={"visible_starters": visible}).data
