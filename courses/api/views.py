"""/api/v1/courses/: set a course up, enrol people, give a repository, read the matrix. Refusals come from the verbs."""

from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from accounts.principals import is_machine
from courses import access, calendar, dashboard, registration, roster
from courses.api import serializers as shapes
from courses.models import Course, Enrolment, ReceivedEvent, Task
from kernel.errors import Malformed, NotAllowed


def caller(request: Request) -> User:
    """The person, service account or trusted peer that calls: IsAuthenticated let nobody else in."""
    return cast(User, request.user)


ANY_WORD = {"type": "string"}


def seen_courses(request: Request) -> Any:
    """A machine may set up and read every course, a person those they may know of."""
    courses = Course.objects.select_related("semester__teacher").order_by("pk")
    return courses if is_machine(caller(request)) else courses.visible_to(caller(request))


class InCourse(APIView):
    """A view below one course: 404 for those who may not know of it, 403 for those who may not do this in it."""

    def course(self, *, change: bool = False) -> Course:
        course = generics.get_object_or_404(seen_courses(self.request), pk=self.kwargs["pk"])
        user = caller(self.request)
        may = access.may_change if change else access.may_see_class
        if not is_machine(user) and not may(user, course):
            raise PermissionDenied
        return course


class Courses(generics.ListAPIView):
    serializer_class = shapes.CourseOut
    filterset_fields = ("course_id",)
    queryset = Course.objects.none()

    def get_queryset(self) -> Any:
        return seen_courses(self.request)

    @extend_schema(request=shapes.CourseIn, responses={201: shapes.CourseOut})
    def post(self, request: Request) -> Response:
        """Create a course with its tasks and people: all of it, or nothing."""
        shape = shapes.CourseIn(data=request.data)
        shape.is_valid(raise_exception=True)
        data = dict(shape.validated_data)
        tasks, people = data.pop("tasks"), data.pop("enrolments")
        teacher = _teacher(request, data.pop("teacher"))
        with transaction.atomic():
            course = calendar.create_course(caller(request), teacher, **data)
            for task in tasks:
                calendar.add_task(caller(request), course, **task)
            for person in people:
                _enrol(request, course, person)
        return Response(shapes.CourseOut(course).data, status=status.HTTP_201_CREATED)


class CourseDetail(generics.RetrieveAPIView):
    serializer_class = shapes.CourseOut
    queryset = Course.objects.none()

    def get_queryset(self) -> Any:
        return seen_courses(self.request)


class Tasks(InCourse, generics.ListAPIView):
    """The tasks of a course, for everybody in it."""

    serializer_class = shapes.TaskOut
    filter_backends: list[Any] = []
    queryset = Task.objects.none()

    def get_queryset(self) -> Any:
        return generics.get_object_or_404(seen_courses(self.request), pk=self.kwargs["pk"]).tasks.all()

    @extend_schema(request=shapes.TaskIn, responses={201: shapes.TaskOut})
    def post(self, request: Request, pk: int) -> Response:
        course = self.course(change=True)
        shape = shapes.TaskIn(data=request.data)
        shape.is_valid(raise_exception=True)
        task = calendar.add_task(caller(request), course, **shape.validated_data)
        return Response(shapes.TaskOut(task).data, status=status.HTTP_201_CREATED)


class TaskDetail(InCourse):
    def _task(self) -> Task:
        course = self.course(change=True)
        tasks = course.tasks.select_related("course__semester__teacher")
        return generics.get_object_or_404(tasks, pk=self.kwargs["task_pk"])

    @extend_schema(request=shapes.TaskChange, responses=shapes.TaskOut)
    def patch(self, request: Request, pk: int, task_pk: int) -> Response:
        """Change some fields of a task; what was pushed is judged anew."""
        task = self._task()
        shape = shapes.TaskChange(data=request.data)
        shape.is_valid(raise_exception=True)
        return Response(shapes.TaskOut(calendar.change_task(caller(request), task, **shape.validated_data)).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int, task_pk: int) -> Response:
        calendar.delete_task(caller(request), self._task())
        return Response(status=status.HTTP_204_NO_CONTENT)


class Enrolments(InCourse, generics.ListAPIView):
    """The people of a course, for those who see the whole class."""

    serializer_class = shapes.EnrolmentOut
    filter_backends: list[Any] = []
    queryset = Enrolment.objects.none()

    def get_queryset(self) -> Any:
        return self.course().enrolments.select_related("person", "group").order_by("pk")

    @extend_schema(request=shapes.EnrolmentIn, responses={201: shapes.EnrolmentOut})
    def post(self, request: Request, pk: int) -> Response:
        """Put a person into the course, or change their group and role there."""
        course = self.course(change=True)
        shape = shapes.EnrolmentIn(data=request.data)
        shape.is_valid(raise_exception=True)
        enrolment = _enrol(request, course, shape.validated_data)
        return Response(shapes.EnrolmentOut(enrolment).data, status=status.HTTP_201_CREATED)


class Matrix(InCourse):
    @extend_schema(
        parameters=[
            OpenApiParameter(name, ANY_WORD, description=words)
            for name, words in (("group", "A group's id."), ("state", "A state's key."), ("name", "Part of a name."))
        ]
        + [OpenApiParameter("page", int)],
        responses=shapes.MatrixOut,
    )
    def get(self, request: Request, pk: int) -> Response:
        """Students by tasks with their states, for those who see the whole class."""
        course = self.course()
        ask = request.query_params
        page = ask.get("page", "1")
        if not page.isdecimal() or not 0 < len(page) < 6:
            raise Malformed("bad_number", _("page must be a whole number."), field="page")
        wish = dashboard.Wish(ask.get("group", ""), ask.get("name", ""), ask.get("state", ""), page=max(1, int(page)))
        return Response(shapes.MatrixOut(dashboard.matrix(course, wish, timezone.now())).data)


class Repositories(APIView):
    """The caller's own repositories in a course."""

    def _enrolment(self) -> Enrolment:
        if not getattr(caller(self.request), "pk", None):
            raise Http404
        course = generics.get_object_or_404(Course, pk=self.kwargs["pk"])  # also of a number too large for a key
        found = Enrolment.objects.select_related("course__semester__teacher", "person", "group")
        return generics.get_object_or_404(
            found, course=course, person=caller(self.request), role=Enrolment.Role.STUDENT
        )

    @extend_schema(responses=shapes.RepositoryOut(many=True))
    def get(self, request: Request, pk: int) -> Response:
        return Response(shapes.RepositoryOut(self._enrolment().claims.order_by("pk"), many=True).data)

    @extend_schema(request=shapes.RepositoryIn, responses=shapes.RepositoryOut)
    def put(self, request: Request, pk: int) -> Response:
        """Give or replace the repository at a place of the course. It is read at once; `state` says how that went."""
        shape = shapes.RepositoryIn(data=request.data)
        shape.is_valid(raise_exception=True)
        claim = registration.give_repository(caller(request), self._enrolment(), **shape.validated_data)
        return Response(shapes.RepositoryOut(claim).data)

    @extend_schema(
        parameters=[OpenApiParameter("repo_path", str)], responses={204: None, 404: OpenApiResponse(description="")}
    )
    def delete(self, request: Request, pk: int) -> Response:
        enrolment = self._enrolment()
        claims = enrolment.claims.filter(repo_path=request.query_params.get("repo_path", "/"))
        claim = generics.get_object_or_404(claims)
        claim.enrolment = enrolment
        registration.remove_repository(caller(request), claim)
        return Response(status=status.HTTP_204_NO_CONTENT)


class Events(generics.ListAPIView):
    """The events received, latest first; `?problem=unknown_student` for what nothing came of. Staff and machines."""

    serializer_class = shapes.EventOut
    filterset_fields = ("problem", "kind", "student_id")
    queryset = ReceivedEvent.objects.order_by("-pk")

    def check_permissions(self, request: Request) -> None:
        super().check_permissions(request)
        if not (is_machine(caller(request)) or caller(request).is_staff):
            raise PermissionDenied


def _teacher(request: Request, username: str) -> User:
    """Whose course it is: the caller's own, or the one that staff or a machine names."""
    user = caller(request)
    trusted = is_machine(user) or user.is_staff
    if not username or username == user.username:
        if not access.may_create_courses(user) or not user.is_teacher:
            raise NotAllowed("not_a_teacher", _("Only a teacher has courses: name one in teacher."))
        return user
    if not trusted:
        raise NotAllowed("not_allowed", _("You create your own courses only."))
    found = User.objects.filter(username=username.lower(), kind=User.Kind.TEACHER).first()
    if found is None:
        raise Malformed("unknown_person", _("There is no teacher of this name."), field="teacher")
    return found


def _enrol(request: Request, course: Course, person: dict[str, Any]) -> Enrolment:
    data = dict(person)
    return roster.enrol(caller(request), course, group_id=data.pop("group"), create=True, **data)
