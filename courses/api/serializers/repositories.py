"""Input and output of the student repositories API."""

from typing import Any

from rest_framework import serializers

from courses.models import StudentRepository
from kernel.api.input_fields import Id, InputSerializer, RowSerializer, Text

RepositoryState = StudentRepository.State  # the name of this enum in the OpenAPI document


class RepositoryIn(InputSerializer):
    repo_path = Text(max_length=1000, required=False, default="/")
    url = Text(max_length=1000)


class RepositoryOut(RowSerializer):
    """A student's repository and its state.

    `reason` says why reading it fails: a word of a closed list, or empty.

    `unconfirmed` is true until the teacher has confirmed it; until then its content is not shown.
    """

    username = Text(source="enrolment.person.username")
    unconfirmed = serializers.SerializerMethodField()

    class Meta:
        model = StudentRepository
        fields = ("id", "username", "repo_path", "url", "state", "reason", "since", "seen_at", "unconfirmed")

    def get_unconfirmed(self, row: StudentRepository) -> bool:
        return (row.enrolment.person.username, row.repo_path) in self.context["unconfirmed"]


class UnconfirmedOut(serializers.Serializer[Any]):
    """A repository that waits for the teacher's confirmation.

    `also_given_by` are other students of the course who gave it.
    """

    id = serializers.IntegerField(source="pk")
    username = Text(source="student_id")
    repo_path = Text()
    url = Text(source="repo_url")
    since = serializers.DateTimeField(source="created_at")
    also_given_by = serializers.ListField(child=Text(), source="sharers")


class ConfirmIn(InputSerializer):
    ids = serializers.ListField(
        child=Id(), required=False, max_length=10_000, help_text="Of this list. Absent: every repository of the course."
    )


class ConfirmOut(serializers.Serializer[Any]):
    confirmed = serializers.IntegerField()
