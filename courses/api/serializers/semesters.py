"""Input and output of the semesters API. Serializers check types and lengths; the commands check the rest."""

from rest_framework import serializers

from courses.models import Semester
from kernel.api.input_fields import InputSerializer, RowSerializer, Text, WireId


class SemesterIn(InputSerializer):
    teacher = Text(
        max_length=255,
        required=False,
        default="",
        allow_blank=True,
        help_text="A teacher's user name; by default the caller.",
    )
    semester_id = WireId()
    title = Text(max_length=120, required=False, default="", allow_blank=True)
    starts_on = serializers.DateField(required=False, allow_null=True, default=None)
    ends_on = serializers.DateField(required=False, allow_null=True, default=None)


class SemesterChange(InputSerializer):
    """The fields of a semester to change. Absent fields do not change."""

    semester_id = WireId(required=False, help_text="It can change until the Git module knows a course of it by it.")
    title = Text(max_length=120, required=False, allow_blank=True)
    starts_on = serializers.DateField(required=False, allow_null=True)
    ends_on = serializers.DateField(required=False, allow_null=True)


class SemesterOut(RowSerializer):
    teacher = Text(source="teacher.username")

    class Meta:
        model = Semester
        fields = ("id", "teacher", "semester_id", "title", "starts_on", "ends_on")
