"""The shapes of what is due and what was done: deadlines, repositories, progress, events."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from courses.domain.answers import LONGEST
from courses.models import Answer, Extension, GroupDeadline, Progress, ReceivedEvent, StudentRepository
from courses.rules.statuses import STATUS_BY_KEY
from kernel.api.input_fields import Id, Moment, RowSerializer, Text

# By these names the OpenAPI document knows them.
STATE_CHOICES = [(key, key) for key in STATUS_BY_KEY]
RepositoryState, ProgressState = StudentRepository.State, Progress.State


class GroupDeadlineIn(serializers.Serializer):
    task = Id()
    group = Text(max_length=255, help_text="A group's id.")
    deadline = Moment()


class GroupDeadlineOut(RowSerializer):
    task = serializers.IntegerField(source="task_id")
    group = Text(source="group.group_id")

    class Meta:
        model = GroupDeadline
        fields = ("id", "task", "group", "deadline")


class ExtensionIn(serializers.Serializer):
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


class RepositoryIn(serializers.Serializer):
    repo_path = Text(max_length=1000, required=False, default="/")
    url = Text(max_length=1000)


class RepositoryOut(RowSerializer):
    """A repository as it was given, and how reading it goes: `reason` is a word of a closed list, or empty."""

    username = Text(source="enrolment.person.username")

    class Meta:
        model = StudentRepository
        fields = ("id", "username", "repo_path", "url", "state", "reason", "since", "seen_at")


class AnswerIn(serializers.Serializer):
    text = Text(
        max_length=LONGEST, required=False, allow_blank=True, default="", help_text="For a text; a tick has none."
    )


class AnswerOut(RowSerializer):
    """A student's own text for a task, or their tick (its text is empty). `given_at`, the first time, counts."""

    username = Text(source="enrolment.person.username")
    task = serializers.IntegerField(source="task_id")
    text = Text(allow_blank=True)

    class Meta:
        model = Answer
        fields = ("username", "task", "text", "given_at", "changed_at")


class CellOut(serializers.Serializer):
    task = serializers.IntegerField(source="task_id")
    state = serializers.ChoiceField(choices=STATE_CHOICES, source="state.key")
    effort = serializers.IntegerField(help_text="Lines added and removed: an indication, not a grade.")
    due = Moment(source="due.at", allow_null=True)


class RowOut(serializers.Serializer):
    username = Text(source="enrolment.person.username")
    name = Text()
    group = Text(source="enrolment.group.group_id", default="", allow_blank=True)
    last_push = Moment(allow_null=True)
    cells = CellOut(many=True)


class HeadOut(serializers.Serializer):
    id = serializers.IntegerField()
    number = Text()
    path = Text()


class MatrixOut(serializers.Serializer):
    """Students by tasks, as the page shows it; at most 100 students a page."""

    students = serializers.IntegerField()
    shown = serializers.IntegerField()
    pages = serializers.IntegerField()
    seen_at = Moment(allow_null=True, help_text="When a repository of the class was last read.")
    tasks = serializers.SerializerMethodField()
    rows = RowOut(many=True)

    @extend_schema_field(HeadOut(many=True))
    def get_tasks(self, matrix: Any) -> list[dict[str, Any]]:
        return [
            {"id": column.node.task.pk, "number": column.node.number, "path": column.node.task.path}
            for column in matrix.columns
        ]


class ProgressOut(RowSerializer):
    """How far a student is with a task, without regard to deadlines; times are epoch seconds, as Git has them."""

    username = Text(source="enrolment.person.username")
    task = serializers.IntegerField(source="task_id")

    class Meta:
        model = Progress
        fields = ("username", "task", "state", "since", "completed_time", "effort", "last_activity")


class SummaryOut(serializers.Serializer):
    """A student's work on a task, by the deadline that counts for them."""

    username = Text(source="enrolment.person.username")
    name = Text(source="enrolment.person.display_name")
    group = Text(source="enrolment.group.group_id", default="", allow_blank=True)
    state = serializers.ChoiceField(choices=STATE_CHOICES, source="state.key")
    due = Moment(source="due.at", allow_null=True)
    extended = serializers.BooleanField(source="due.extended")
    last_before = Moment(allow_null=True, help_text="The last commit not after the deadline.")
    last_after = Moment(allow_null=True, help_text="The last commit after it.")
    completed = serializers.BooleanField(source="finished")
    completed_before = serializers.BooleanField(source="done_before")
    unproven = serializers.BooleanField(help_text="Completed before the deadline by the commit's own date alone.")


class EventOut(RowSerializer):
    """An event as the Git module sent it; `problem` says why nothing came of it."""

    class Meta:
        model = ReceivedEvent
        fields = ("event_id", "kind", "student_id", "received_at", "problem", "body")
