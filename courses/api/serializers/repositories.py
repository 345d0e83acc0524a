"""Input and output of the student repositories API."""

from courses.models import StudentRepository
from kernel.api.input_fields import InputSerializer, RowSerializer, Text

RepositoryState = StudentRepository.State  # the name of this enum in the OpenAPI document


class RepositoryIn(InputSerializer):
    repo_path = Text(max_length=1000, required=False, default="/")
    url = Text(max_length=1000)


class RepositoryOut(RowSerializer):
    """A student's repository and its state. `reason` says why reading it fails: a word of a closed list, or empty."""

    username = Text(source="enrolment.person.username")

    class Meta:
        model = StudentRepository
        fields = ("id", "username", "repo_path", "url", "state", "reason", "since", "seen_at")
