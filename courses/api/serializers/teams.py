"""Input and output of the API of teams."""

from typing import Any

from rest_framework import serializers

from courses.models import Team
from kernel.api.input_fields import InputSerializer, RowSerializer, Text, WireId

MEMBERS = "The user names of its students. A student is in one team of the course at most."


class TeamRepositoryIn(InputSerializer):
    repo_path = Text(max_length=1000, required=False, default="/")
    url = Text(max_length=1000)


class TeamIn(InputSerializer):
    title = Text(max_length=120)
    members = serializers.ListField(child=WireId(), required=False, default=list, max_length=1000, help_text=MEMBERS)
    repositories = serializers.ListField(child=TeamRepositoryIn(), required=False, max_length=100)


class TeamChange(InputSerializer):
    """The fields of a team to change. Absent fields do not change.

    Students who join get the repositories of the team. Students who leave lose them, with what was read from them.
    """

    title = Text(max_length=120, required=False)
    members = serializers.ListField(child=WireId(), required=False, max_length=1000, help_text=MEMBERS)


class TeamRepositoryOut(serializers.Serializer[Any]):
    repo_path = Text()
    url = Text()


class TeamOut(RowSerializer):
    """A team with those of its students whom the caller sees, and its repositories."""

    members = serializers.SerializerMethodField()
    repositories = TeamRepositoryOut(many=True)

    class Meta:
        model = Team
        fields = ("id", "title", "members", "repositories")

    def get_members(self, row: Team) -> list[str]:
        """Return the user names of its students."""
        return sorted(student.person.username for student in row.seen_members)  # type: ignore[attr-defined]
