"""The shapes of /api/v1/courses/. They check shape; the verbs in calendar, roster and registration decide."""

import zoneinfo
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from courses.models import Course, Enrolment, ReceivedEvent, RepositoryClaim, Task


class TaskIn(serializers.Serializer):
    """A task to add. Left out: the title is the last part of the path; an exercise reads the nearest repository above,
    in the folder of its own path, and its title completes it."""

    path = serializers.CharField(max_length=1000)
    title = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)
    asks_for = serializers.ChoiceField(choices=Task.Asks.choices, default=Task.Asks.EXERCISE)
    statement = serializers.CharField(required=False, default="", allow_blank=True, max_length=50_000)
    position = serializers.IntegerField(required=False, min_value=0, max_value=100_000, allow_null=True, default=None)
    repo_path = serializers.CharField(max_length=1000, required=False, default="", allow_blank=True)
    source_folder_path = serializers.CharField(max_length=1000, required=False, default="", allow_blank=True)
    completion_keywords = serializers.CharField(max_length=1000, required=False, default="", allow_blank=True)
    deadline = serializers.DateTimeField(required=False, allow_null=True, default=None)


class TaskOut(serializers.ModelSerializer):
    class Meta:
        model = Task
        fields = (
            "id",
            "path",
            "title",
            "asks_for",
            "statement",
            "position",
            "repo_path",
            "source_folder_path",
            "completion_keywords",
            "deadline",
        )


class TaskChange(serializers.Serializer):
    """The fields of a task to change; the others stay."""

    path = serializers.CharField(max_length=1000, required=False)
    title = serializers.CharField(max_length=200, required=False)
    asks_for = serializers.ChoiceField(choices=Task.Asks.choices, required=False)
    statement = serializers.CharField(required=False, allow_blank=True, max_length=50_000)
    position = serializers.IntegerField(required=False, min_value=0, max_value=100_000)
    repo_path = serializers.CharField(max_length=1000, required=False)
    source_folder_path = serializers.CharField(max_length=1000, required=False)
    completion_keywords = serializers.CharField(max_length=1000, required=False)
    deadline = serializers.DateTimeField(required=False, allow_null=True)


class EnrolmentIn(serializers.Serializer):
    """A person to put into the course. Somebody unknown becomes a student without a password, with these names."""

    username = serializers.CharField(max_length=255)
    group = serializers.CharField(max_length=255, required=False, default="", allow_blank=True)
    role = serializers.ChoiceField(choices=Enrolment.Role.choices, default=Enrolment.Role.STUDENT)
    first_name = serializers.CharField(max_length=150, required=False, default="", allow_blank=True)
    last_name = serializers.CharField(max_length=150, required=False, default="", allow_blank=True)


class EnrolmentOut(serializers.ModelSerializer):
    username = serializers.CharField(source="person.username")
    name = serializers.CharField(source="person.display_name")
    group = serializers.CharField(source="group.group_id", default="")

    class Meta:
        model = Enrolment
        fields = ("id", "username", "name", "group", "role")


class CourseIn(serializers.Serializer):
    """A course with its tasks and people at once: all of it, or nothing."""

    teacher = serializers.CharField(
        max_length=255, required=False, default="", help_text="A teacher's user name; left out: the caller."
    )
    semester_id = serializers.CharField(max_length=255)
    course_id = serializers.CharField(max_length=255)
    title = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)
    zone = serializers.CharField(max_length=64, required=False, default="", allow_blank=True)
    tasks = TaskIn(many=True, required=False, default=list)
    enrolments = EnrolmentIn(many=True, required=False, default=list)

    def validate_zone(self, value: str) -> str:
        if value and value not in zoneinfo.available_timezones():
            raise serializers.ValidationError(_("This is not a time zone."))
        return value


class CourseOut(serializers.ModelSerializer):
    teacher = serializers.CharField(source="semester.teacher.username")
    semester_id = serializers.CharField(source="semester.semester_id")

    class Meta:
        model = Course
        fields = ("id", "teacher", "semester_id", "course_id", "title", "zone", "archived_at")


class RepositoryIn(serializers.Serializer):
    repo_path = serializers.CharField(max_length=1000, required=False, default="/")
    url = serializers.CharField(max_length=1000)


class RepositoryOut(serializers.ModelSerializer):
    class Meta:
        model = RepositoryClaim
        fields = ("repo_path", "url", "state", "reason", "since", "seen_at")


class CellOut(serializers.Serializer):
    task = serializers.IntegerField(source="task_id")
    state = serializers.CharField(source="state.key", help_text="done, late, started, overdue, extended, todo, …")
    effort = serializers.IntegerField(help_text="Lines added and removed: an indication, not a grade.")
    due = serializers.DateTimeField(source="due.at", allow_null=True)


class RowOut(serializers.Serializer):
    username = serializers.CharField(source="enrolment.person.username")
    name = serializers.CharField()
    group = serializers.CharField(source="enrolment.group.group_id", default="")
    last_push = serializers.DateTimeField(allow_null=True)
    cells = CellOut(many=True)


class MatrixOut(serializers.Serializer):
    """Students by tasks, as the page shows it; at most 100 students a page."""

    students = serializers.IntegerField()
    shown = serializers.IntegerField()
    pages = serializers.IntegerField()
    tasks = serializers.SerializerMethodField()
    rows = RowOut(many=True)

    def get_tasks(self, matrix: Any) -> list[dict[str, Any]]:
        return [
            {"id": column.node.task.pk, "number": column.node.number, "path": column.node.task.path}
            for column in matrix.columns
        ]


class EventOut(serializers.ModelSerializer):
    class Meta:
        model = ReceivedEvent
        fields = ("event_id", "kind", "student_id", "received_at", "problem", "body")
