"""Output of the APIs of progress: the matrix, progress rows and the summary of one task."""

from typing import Any

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from courses.models import Progress
from courses.rules.statuses import STATUS_BY_KEY
from kernel.api.input_fields import InputSerializer, Moment, RowSerializer, Text

# settings.ENUM_NAME_OVERRIDES names these two enums in the OpenAPI document.
STATE_CHOICES = [(key, key) for key in STATUS_BY_KEY]
ProgressState = Progress.State


@extend_schema_serializer(component_name="CellOut")
class MatrixCellOut(serializers.Serializer[Any]):
    task = serializers.IntegerField(source="task_id")
    state = serializers.ChoiceField(choices=STATE_CHOICES, source="status.key")
    effort = serializers.IntegerField(help_text="The number of lines added and removed: an indication, not a grade.")
    due = Moment(source="due.at", allow_null=True)


@extend_schema_serializer(component_name="RowOut")
class MatrixRowOut(serializers.Serializer[Any]):
    username = Text(source="enrolment.person.username")
    name = Text()
    group = Text(source="enrolment.group.group_id", default="", allow_blank=True)
    last_push = Moment(allow_null=True)
    cells = MatrixCellOut(many=True)


@extend_schema_serializer(component_name="HeadOut")
class MatrixColumnOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    number = Text()
    path = Text()


class MatrixOut(serializers.Serializer[Any]):
    """The matrix of students and tasks, as the page shows it; at most 100 students per page."""

    students = serializers.IntegerField()
    shown = serializers.IntegerField()
    pages = serializers.IntegerField()
    seen_at = Moment(allow_null=True, help_text="The time at which a repository of the class was last read.")
    tasks = serializers.SerializerMethodField()
    rows = MatrixRowOut(many=True)

    @extend_schema_field(MatrixColumnOut(many=True))
    def get_tasks(self, matrix: Any) -> list[dict[str, Any]]:
        return [
            {"id": column.node.task.pk, "number": column.node.number, "path": column.node.task.path}
            for column in matrix.columns
        ]


class ProgressOut(RowSerializer):
    """How far a student is with a task, regardless of deadlines.

    `completed_time`, `proven_time` and `last_activity` are epoch seconds. `proven_time` is when a commit that completes
    the task was first seen, where that is later than `completed_time`, the time by its date.
    """

    username = Text(source="enrolment.person.username")
    task = serializers.IntegerField(source="task_id")

    class Meta:
        model = Progress
        fields = ("username", "task", "state", "since", "completed_time", "proven_time", "effort", "last_activity")


class CountIn(InputSerializer):
    username = Text(max_length=255, help_text="A student of the course.")
    counted = serializers.BooleanField(
        default=True, help_text="False takes the decision back: the task is as the rewrite left it."
    )


class SummaryOut(serializers.Serializer[Any]):
    """A student's work on a task, compared with the deadline that counts for them."""

    username = Text(source="enrolment.person.username")
    name = Text(source="enrolment.person.display_name")
    group = Text(source="enrolment.group.group_id", default="", allow_blank=True)
    state = serializers.ChoiceField(choices=STATE_CHOICES, source="status.key")
    due = Moment(source="due.at", allow_null=True)
    extended = serializers.BooleanField(source="due.extended")
    last_before = Moment(allow_null=True, help_text="The time of the last commit at or before the deadline.")
    last_after = Moment(allow_null=True, help_text="The time of the last commit after the deadline.")
    completed = serializers.BooleanField(source="finished")
    completed_before = serializers.BooleanField(source="done_before")
    unproven = serializers.BooleanField(
        help_text="Only the commit's own date says that it was completed before the deadline."
    )
    done_at = Moment(allow_null=True, help_text="When it was first done, also when a rewrite removed that.")
    removed_at = Moment(
        allow_null=True, help_text="When a rewrite of the history was seen that removed the completion."
    )
    outside_folder = serializers.BooleanField(
        help_text="The commits that complete it change files of other folders only."
    )
    reverted = serializers.BooleanField(
        help_text="The whole effect of the commits that complete it was reverted by other commits."
    )
    changed_late = Moment(allow_null=True, help_text="When a text was last changed, if that was after the deadline.")
