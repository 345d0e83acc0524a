"""Query parameters of /api/v1/courses/."""

from rest_framework import serializers

from courses.models import Enrolment, Progress, ReceivedEvent, StudentRepository, Task
from courses.rules.statuses import STATUSES
from kernel.api.input_fields import Id, Query


class CourseQuery(Query):
    course_id = serializers.CharField(required=False, max_length=255)
    semester_id = serializers.CharField(required=False, max_length=255)
    teacher = serializers.CharField(required=False, max_length=255, help_text="A user name.")
    archived = serializers.BooleanField(
        required=False,
        allow_null=True,
        default=None,
        help_text="True: archived courses only. False: the others. Absent: all.",
    )


class SemesterQuery(Query):
    semester_id = serializers.CharField(required=False, max_length=255)
    teacher = serializers.CharField(required=False, max_length=255, help_text="A user name.")


class TaskQuery(Query):
    asks_for = serializers.ChoiceField(choices=Task.Asks.choices, required=False)
    under = serializers.CharField(
        required=False, max_length=1000, help_text="The task at this path and the tasks below it."
    )


class StudentQuery(Query):
    group = serializers.CharField(required=False, max_length=255, help_text="A group's id.")
    username = serializers.CharField(required=False, max_length=255)


class EnrolmentQuery(StudentQuery):
    role = serializers.ChoiceField(choices=Enrolment.Role.choices, required=False)


class RepositoryQuery(StudentQuery):
    state = serializers.ChoiceField(choices=StudentRepository.State.choices, required=False)
    repo_path = serializers.CharField(required=False, max_length=1000)


class ExtensionQuery(StudentQuery):
    task = Id(required=False)


class AnswerQuery(StudentQuery):
    task = Id(required=False)


class GroupDeadlineQuery(Query):
    task = Id(required=False)
    group = serializers.CharField(required=False, max_length=255, help_text="A group's id.")


class ProgressQuery(StudentQuery):
    task = Id(required=False)
    state = serializers.ChoiceField(choices=Progress.State.choices, required=False)


class MatrixQuery(Query):
    group = serializers.CharField(required=False, max_length=255, help_text="A group's id.")
    state = serializers.ChoiceField(
        choices=[(status.key, status.key) for status in STATUSES],
        required=False,
        help_text="Students with a task in this state.",
    )
    name = serializers.CharField(required=False, max_length=100, help_text="Part of a name.")
    page = serializers.IntegerField(min_value=1, max_value=99_999, default=1)


class EventQuery(Query):
    problem = serializers.ChoiceField(choices=ReceivedEvent.Problem.choices, required=False)
    kind = serializers.CharField(required=False, max_length=40)
    student_id = serializers.CharField(required=False, max_length=255)
    course = Id(required=False)
