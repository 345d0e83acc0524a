"""Serializers and query parameters of `/api/v1/gitsync/`."""

from rest_framework import serializers

from gitsync.models import LocalCopy, OutboxEvent, Registration, Request
from kernel.api.input_fields import Id, Query, RowSerializer

RequestState = Request.State  # the OpenAPI document uses this name


class RequestSerializer(RowSerializer):
    """An accepted message and its outcome."""

    class Meta:
        model = Request
        fields = ["id", "kind", "state", "error", "created_at", "finished_at"]
        read_only_fields = fields


class RegistrationSerializer(RowSerializer):
    teacher_id = serializers.CharField(source="course.teacher_id")
    semester_id = serializers.CharField(source="course.semester_id")
    course_id = serializers.CharField(source="course.course_id")
    student_id = serializers.CharField(source="student.student_id")
    again = serializers.BooleanField(source="registered_again", read_only=True)
    hidden = serializers.BooleanField(
        source="waits", read_only=True, help_text="It waits for the teacher's confirmation."
    )

    class Meta:
        model = Registration
        fields = [
            "teacher_id", "semester_id", "course_id", "group_id", "student_id", "repo_path", "repo_url", "again",
            "hidden",
        ]  # fmt: skip
        read_only_fields = fields


class RepositorySerializer(RowSerializer):
    """A repository, the state of its local copy, and its registrations. `id` is the repository's."""

    id = serializers.IntegerField(source="repository_id")
    address = serializers.CharField(source="repository")
    registrations = RegistrationSerializer(source="repository.registrations", many=True)

    class Meta:
        model = LocalCopy
        fields = [
            "id",
            "address",
            "status",
            "reason",
            "detail",
            "failing_since",
            "last_good_at",
            "next_attempt_at",
            "dirty",
            "branch",
            "head",
            "size_bytes",
            "registrations",
        ]
        read_only_fields = fields


class EventSerializer(RowSerializer):
    """An event of the outbox: waiting, delivered (`delivered_at`) or dead (`dead_at`, `last_error`)."""

    class Meta:
        model = OutboxEvent
        fields = [
            "id", "event_id", "target", "kind", "created_at", "attempts", "next_attempt_at", "delivered_at", "dead_at",
            "last_error", "body",
        ]  # fmt: skip
        read_only_fields = fields


class RequestQuery(Query):
    state = serializers.ChoiceField(choices=Request.State.choices, required=False)
    kind = serializers.CharField(required=False, max_length=40)
    repository = Id(required=False, help_text="Only messages about this repository.")


class RepositoryQuery(Query):
    status = serializers.ChoiceField(choices=LocalCopy.Status.choices, required=False)
    reason = serializers.CharField(
        required=False, max_length=40, help_text="The code of the failure, such as `not_found`."
    )
    host = serializers.CharField(required=False, max_length=260)
    teacher_id = serializers.CharField(required=False, max_length=255)
    semester_id = serializers.CharField(required=False, max_length=255)
    course_id = serializers.CharField(required=False, max_length=255)
    student_id = serializers.CharField(required=False, max_length=255)


class EventQuery(Query):
    target = serializers.ChoiceField(choices=OutboxEvent.Target.choices, required=False)
    kind = serializers.CharField(required=False, max_length=40)
    fate = serializers.ChoiceField(choices=["waiting", "delivered", "dead"], required=False)
