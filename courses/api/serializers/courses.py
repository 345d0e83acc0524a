"""Input and output of the courses API."""

import zoneinfo
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from courses.api.serializers.people import EnrolmentIn
from courses.api.serializers.tasks import TaskIn
from courses.models import Course
from kernel.api.input_fields import InputSerializer, Moment, RowSerializer, Text, WireId


class ZoneField(Text):
    """The name of a time zone; empty for the time zone of the school."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=64, required=False, allow_blank=True, **options)

    def to_internal_value(self, data: Any) -> str:
        value: str = super().to_internal_value(data)
        if value and value not in zoneinfo.available_timezones():
            raise serializers.ValidationError(_("This is not a time zone."))
        return value


class CourseIn(InputSerializer):
    """A course with its tasks and people. Either all of them are created, or none."""

    teacher = Text(
        max_length=255, required=False, default="", help_text="A teacher's user name; by default the caller."
    )
    semester_id = WireId()
    course_id = WireId()
    title = Text(max_length=200, required=False, default="", allow_blank=True)
    zone = ZoneField(default="")
    tasks = TaskIn(many=True, required=False, default=list, max_length=1000)  # type: ignore[call-arg]
    enrolments = EnrolmentIn(  # type: ignore[call-arg]
        many=True, required=False, default=list, max_length=2000
    )


class CourseChange(InputSerializer):
    """The fields of a course to change. Absent fields do not change."""

    title = Text(max_length=200, required=False)
    course_id = WireId(required=False, help_text="It can change until the Git module knows the course by it.")
    zone = ZoneField()
    unproven_counts_as = serializers.ChoiceField(
        choices=Course.Unproven.choices,
        required=False,
        help_text="How work counts that is on time by the date of its commits alone.",
    )
    starter_commit = Text(
        max_length=64,
        required=False,
        allow_blank=True,
        help_text="The full id of the last commit that was handed out: it and all before it complete nothing.",
    )
    starter_url = Text(
        max_length=1000,
        required=False,
        allow_blank=True,
        help_text="The address of a repository that was handed out: commits that come from it complete nothing.",
    )
    assistants_extend = serializers.BooleanField(required=False, help_text="Assistants grant extensions.")
    assistants_override = serializers.BooleanField(required=False, help_text="Assistants count removed work.")
    archived = serializers.BooleanField(required=False, help_text="True hides the course from the lists of the pages.")


class CourseOut(RowSerializer):
    """A course. `starter_url` is empty for those who may not change the course."""

    teacher = Text(source="semester.teacher.username")
    semester_id = Text(source="semester.semester_id")
    starter_url = serializers.SerializerMethodField()

    class Meta:
        model = Course
        fields = (
            "id",
            "teacher",
            "semester_id",
            "course_id",
            "title",
            "zone",
            "unproven_counts_as",
            "starter_commit",
            "starter_url",
            "assistants_extend",
            "assistants_override",
            "archived_at",
        )

    def get_starter_url(self, course: Course) -> str:
        return course.starter_url if course.pk in self.context["visible_starters"] else ""


class StarterOut(serializers.Serializer[Any]):
    """A repository that was handed out: for the exercise at `path`, or for the whole course where `path` is empty.

    `reason` says why reading it fails: a word of a closed list, or empty. `read_at` is when it was last read.
    """

    path = Text(allow_blank=True)
    url = Text(source="state.repo_url")
    reason = Text(source="state.reason", allow_blank=True)
    read_at = Moment(source="state.read_at", allow_null=True)
