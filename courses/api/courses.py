"""/api/v1/courses/: set a course up at once, change it, put it away. Refusals come from the verbs."""

from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from courses.api.callers import InCourse, caller, seen_courses, teacher_named
from courses.api.enrolments import enrol
from courses.api.query_params import CourseQuery
from courses.api.serializers import CourseChange, CourseIn, CourseOut
from courses.domain import course_tasks, courses
from courses.models import Course
from kernel.api.error_schema import described
from kernel.api.paging import LongPages

NAMES = {"course_id": "course_id", "semester_id": "semester__semester_id", "teacher": "semester__teacher__username"}


class Courses(InCourse):
    """The courses that the caller may know of."""

    queryset = Course.objects.none()
    serializer_class = CourseIn
    pagination_class = LongPages

    @extend_schema(
        operation_id="courses_list",
        parameters=[CourseQuery],
        responses={200: CourseOut(many=True), **described(400, 401)},
    )
    def get(self, request: Request) -> Response:
        asked = CourseQuery.of(request)
        rows = seen_courses(request).filter(**{NAMES[name]: asked[name] for name in NAMES if name in asked})
        if asked["archived"] is not None:
            rows = rows.filter(archived_at__isnull=not asked["archived"])
        return self.get_paginated_response(CourseOut(self.paginate_queryset(rows), many=True).data)

    @extend_schema(
        request=CourseIn, responses={201: CourseOut, **described(400, 401, 403, 503, conflict="It is there.")}
    )
    def post(self, request: Request) -> Response:
        """Create a course with its tasks and people: all of it, or nothing."""
        shape = CourseIn(data=request.data)
        shape.is_valid(raise_exception=True)
        data = dict(shape.validated_data)
        tasks, people = data.pop("tasks"), data.pop("enrolments")
        teacher = teacher_named(request, data.pop("teacher"))
        with transaction.atomic():
            course = courses.create_course(caller(request), teacher, **data)
            for task in tasks:
                course_tasks.add_task(caller(request), course, **task)
            for person in people:
                enrol(request, course, person)
        return Response(CourseOut(course).data, status=201)


class CourseDetail(InCourse):
    queryset = Course.objects.none()
    serializer_class = CourseChange

    @extend_schema(responses={200: CourseOut, **described(401, 404)})
    def get(self, request: Request, pk: int) -> Response:
        return Response(CourseOut(self.course()).data)

    @extend_schema(request=CourseChange, responses={200: CourseOut, **described(400, 401, 403, 404, 503)})
    def patch(self, request: Request, pk: int) -> Response:
        """Change its title or time zone, put it away or take it out again."""
        course = self.changeable()
        shape = CourseChange(data=request.data, partial=True)  # what a form leaves out stays, too
        shape.is_valid(raise_exception=True)
        return Response(CourseOut(courses.change_course(caller(request), course, **shape.validated_data)).data)
