"""Input and output of the enrolments and groups APIs."""

from rest_framework import serializers

from courses.models import Enrolment, Group
from kernel.api.input_fields import InputSerializer, RowSerializer, Text, WireId

ASSISTED = "The ids of the groups whose students an assistant sees; none for all students."


class EnrolmentIn(InputSerializer):
    """A person to put into the course. An unknown person becomes a student without a password, with these names."""

    username = WireId()
    group = WireId(required=False, default="", allow_blank=True)
    role = serializers.ChoiceField(choices=Enrolment.Role.choices, default=Enrolment.Role.STUDENT)
    assisted_groups = serializers.ListField(child=WireId(), required=False, max_length=200, help_text=ASSISTED)
    first_name = Text(max_length=150, required=False, default="", allow_blank=True)
    last_name = Text(max_length=150, required=False, default="", allow_blank=True)


class EnrolmentChange(InputSerializer):
    """The fields of an enrolment to change. Absent fields do not change."""

    group = WireId(required=False, allow_blank=True, help_text="A group's id, or empty.")
    role = serializers.ChoiceField(choices=Enrolment.Role.choices, required=False)
    assisted_groups = serializers.ListField(child=WireId(), required=False, max_length=200, help_text=ASSISTED)


class EnrolmentOut(RowSerializer):
    username = Text(source="person.username")
    name = Text(source="person.display_name")
    group = Text(source="group.group_id", default="", allow_blank=True)
    assisted_groups = serializers.SerializerMethodField()

    class Meta:
        model = Enrolment
        fields = ("id", "username", "name", "group", "role", "assisted_groups")

    def get_assisted_groups(self, row: Enrolment) -> list[str]:
        """Return the ids of the groups that an assistant sees; empty for everybody else."""
        return sorted(group.group_id for group in row.assisted_groups.all())


class GroupIn(InputSerializer):
    group_id = WireId()
    title = Text(max_length=120, required=False, default="", allow_blank=True)


class GroupChange(InputSerializer):
    """The fields of a group to change. Absent fields do not change."""

    group_id = WireId(required=False, help_text="It can change until the Git module knows the group by it.")
    title = Text(max_length=120, required=False, allow_blank=True)


class GroupOut(RowSerializer):
    students = serializers.IntegerField(help_text="The number of students in it.")

    class Meta:
        model = Group
        fields = ("id", "group_id", "title", "students")
