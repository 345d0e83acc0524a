"""Input and output of the answers API."""

from rest_framework import serializers

from courses.domain.answers import MAX_TEXT_LENGTH
from courses.models import Answer
from kernel.api.input_fields import InputSerializer, RowSerializer, Text


class AnswerIn(InputSerializer):
    text = Text(
        max_length=MAX_TEXT_LENGTH,
        required=False,
        allow_blank=True,
        default="",
        help_text="The text; empty for a tick.",
    )


class AnswerOut(RowSerializer):
    """A student's text for a task, or their tick (an empty text). `given_at`, the first time, counts for lateness."""

    username = Text(source="enrolment.person.username")
    task = serializers.IntegerField(source="task_id")
    text = Text(allow_blank=True)

    class Meta:
        model = Answer
        fields = ("username", "task", "text", "given_at", "changed_at")
