"""Input and output of the APIs of groups' deadlines and extensions."""

from rest_framework import serializers

from courses.models import Extension, GroupDeadline
from kernel.api.input_fields import Id, InputSerializer, Moment, RowSerializer, Text


class GroupDeadlineIn(InputSerializer):
    task = Id()
    group = Text(max_length=255, help_text="A group's id.")
    deadline = Moment()


class GroupDeadlineOut(RowSerializer):
    task = serializers.IntegerField(source="task_id")
    group = Text(source="group.group_id")

    class Meta:
        model = GroupDeadline
        fields = ("id", "task", "group", "deadline")


class ExtensionIn(InputSerializer):
    task = Id()
    username = Text(max_length=255, help_text="A student of the course.")
    deadline = Moment(help_text="Later than the deadline of the task, or of the student's group.")
    reason = Text(max_length=500)


class ExtensionOut(RowSerializer):
    task = serializers.IntegerField(source="task_id")
    username = Text(source="enrolment.person.username")
    granted_by = Text(source="granted_by.username", default="", allow_blank=True)

    class Meta:
        model = Extension
        fields = ("id", "task", "username", "deadline", "reason", "granted_by", "created_at")
