"""The shapes of semesters, courses, their tasks and people. They check shape; the verbs decide."""

import zoneinfo
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from courses.models import Course, Enrolment, Group, Semester, Task
from kernel.api.input_fields import Moment, RowSerializer, Text, WireId


class TaskIn(serializers.Serializer):
    """A task to add. Left out: the title is the last part of the path; an exercise reads the nearest repository above,
    in the folder of its own path, and its title completes it."""

    path = Text(max_length=1000)
    title = Text(max_length=200, required=False, default="", allow_blank=True)
    asks_for = serializers.ChoiceField(choices=Task.Asks.choices, default=Task.Asks.EXERCISE)
    statement = Text(required=False, default="", allow_blank=True, max_length=50_000)
    position = serializers.IntegerField(required=False, min_value=0, max_value=100_000, allow_null=True, default=None)
    repo_path = Text(max_length=1000, required=False, default="", allow_blank=True)
    source_folder_path = Text(max_length=1000, required=False, default="", allow_blank=True)
    completion_keywords = Text(max_length=1000, required=False, default="", allow_blank=True)
    deadline = Moment(required=False, allow_null=True, default=None)


class TaskOut(RowSerializer):
    """A node of the tree: `path` says below which it stands, `position` in which order."""

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

    path = Text(max_length=1000, required=False)
    title = Text(max_length=200, required=False)
    asks_for = serializers.ChoiceField(choices=Task.Asks.choices, required=False)
    statement = Text(required=False, allow_blank=True, max_length=50_000)
    position = serializers.IntegerField(required=False, min_value=0, max_value=100_000)
    repo_path = Text(max_length=1000, required=False)
    source_folder_path = Text(max_length=1000, required=False)
    completion_keywords = Text(max_length=1000, required=False)
    deadline = Moment(required=False, allow_null=True)


class EnrolmentIn(serializers.Serializer):
    """A person to put into the course. Somebody unknown becomes a student without a password, with these names."""

    username = WireId()
    group = WireId(required=False, default="", allow_blank=True)
    role = serializers.ChoiceField(choices=Enrolment.Role.choices, default=Enrolment.Role.STUDENT)
    first_name = Text(max_length=150, required=False, default="", allow_blank=True)
    last_name = Text(max_length=150, required=False, default="", allow_blank=True)


class EnrolmentChange(serializers.Serializer):
    """What may be changed of an enrolment; what is absent stays."""

    group = WireId(required=False, allow_blank=True, help_text="A group's id, or empty.")
    role = serializers.ChoiceField(choices=Enrolment.Role.choices, required=False)


class EnrolmentOut(RowSerializer):
    username = Text(source="person.username")
    name = Text(source="person.display_name")
    group = Text(source="group.group_id", default="", allow_blank=True)

    class Meta:
        model = Enrolment
        fields = ("id", "username", "name", "group", "role")


class Zone(Text):
    """The name of a time zone; empty is the school's."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=64, required=False, allow_blank=True, **options)

    def to_internal_value(self, data: Any) -> str:
        value: str = super().to_internal_value(data)
        if value and value not in zoneinfo.available_timezones():
            raise serializers.ValidationError(_("This is not a time zone."))
        return value


class SemesterIn(serializers.Serializer):
    teacher = Text(max_length=255, required=False, default="", allow_blank=True, help_text="Left out: the caller.")
    semester_id = WireId()
    title = Text(max_length=120, required=False, default="", allow_blank=True)
    starts_on = serializers.DateField(required=False, allow_null=True, default=None)
    ends_on = serializers.DateField(required=False, allow_null=True, default=None)


class SemesterChange(serializers.Serializer):
    """What may be changed of a semester; what is absent stays."""

    title = Text(max_length=120, required=False, allow_blank=True)
    starts_on = serializers.DateField(required=False, allow_null=True)
    ends_on = serializers.DateField(required=False, allow_null=True)


class SemesterOut(RowSerializer):
    teacher = Text(source="teacher.username")

    class Meta:
        model = Semester
        fields = ("id", "teacher", "semester_id", "title", "starts_on", "ends_on")


class GroupIn(serializers.Serializer):
    group_id = WireId()
    title = Text(max_length=120, required=False, default="", allow_blank=True)


class GroupChange(serializers.Serializer):
    title = Text(max_length=120, allow_blank=True)


class GroupOut(RowSerializer):
    students = serializers.IntegerField(help_text="How many are in it.")

    class Meta:
        model = Group
        fields = ("id", "group_id", "title", "students")


class CourseIn(serializers.Serializer):
    """A course with its tasks and people at once: all of it, or nothing."""

    teacher = Text(max_length=255, required=False, default="", help_text="A teacher's user name; left out: the caller.")
    semester_id = WireId()
    course_id = WireId()
    title = Text(max_length=200, required=False, default="", allow_blank=True)
    zone = Zone(default="")
    tasks = TaskIn(many=True, required=False, default=list, max_length=1000)  # type: ignore[call-arg]
    enrolments = EnrolmentIn(  # type: ignore[call-arg]
        many=True, required=False, default=list, max_length=2000
    )


class CourseChange(serializers.Serializer):
    """What may be changed of a course; what is absent stays."""

    title = Text(max_length=200, required=False)
    zone = Zone()
    archived = serializers.BooleanField(required=False, help_text="True: out of the lists of the pages.")


class CourseOut(RowSerializer):
    teacher = Text(source="semester.teacher.username")
    semester_id = Text(source="semester.semester_id")

    class Meta:
        model = Course
        fields = ("id", "teacher", "semester_id", "course_id", "title", "zone", "archived_at")
