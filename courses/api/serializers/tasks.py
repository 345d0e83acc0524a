"""Input and output of the tasks API."""

from rest_framework import serializers

from courses.models import Task
from kernel.api.input_fields import InputSerializer, Moment, RowSerializer, Text


class TaskIn(InputSerializer):
    """A task to add.

    Defaults: `title` is the last part of `path`. For an exercise, `repo_path` is the nearest repository above it,
    `source_folder_path` is its own `path`, and `completion_keywords` is its title.
    """

    path = Text(max_length=1000)
    title = Text(max_length=200, required=False, default="", allow_blank=True)
    asks_for = serializers.ChoiceField(choices=Task.Asks.choices, default=Task.Asks.EXERCISE)
    statement = Text(required=False, default="", allow_blank=True, max_length=50_000)
    position = serializers.IntegerField(required=False, min_value=0, max_value=100_000, allow_null=True, default=None)
    repo_path = Text(max_length=1000, required=False, default="", allow_blank=True)
    source_folder_path = Text(max_length=1000, required=False, default="", allow_blank=True)
    completion_keywords = Text(max_length=1000, required=False, default="", allow_blank=True)
    starter_commit = Text(max_length=64, required=False, default="", allow_blank=True)
    starter_url = Text(max_length=1000, required=False, default="", allow_blank=True)
    deadline = Moment(required=False, allow_null=True, default=None)


class TaskOut(RowSerializer):
    """A task of the tree: `path` gives its parent, `position` its order.

    `starter_url` is empty for those who may not change the course.
    """

    starter_url = serializers.SerializerMethodField()

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
            "starter_commit",
            "starter_url",
            "deadline",
        )

    def get_starter_url(self, task: Task) -> str:
        return task.starter_url if self.context["sees_starter"] else ""


class TaskChange(InputSerializer):
    """The fields of a task to change. Absent fields do not change."""

    path = Text(max_length=1000, required=False)
    title = Text(max_length=200, required=False)
    asks_for = serializers.ChoiceField(choices=Task.Asks.choices, required=False)
    statement = Text(required=False, allow_blank=True, max_length=50_000)
    position = serializers.IntegerField(required=False, min_value=0, max_value=100_000)
    repo_path = Text(max_length=1000, required=False)
    source_folder_path = Text(max_length=1000, required=False)
    completion_keywords = Text(max_length=1000, required=False)
    starter_commit = Text(max_length=64, required=False, allow_blank=True)
    starter_url = Text(max_length=1000, required=False, allow_blank=True)
    deadline = Moment(required=False, allow_null=True)
