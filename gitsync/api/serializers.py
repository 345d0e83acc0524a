"""The shapes of `/api/v1/gitsync/`."""

from rest_framework import serializers

from gitsync.models import Clone, Registration, Request


class RequestSerializer(serializers.ModelSerializer[Request]):
    """An accepted message and what became of it."""

    class Meta:
        model = Request
        fields = ["id", "kind", "state", "error", "created_at", "finished_at"]
        read_only_fields = fields


class RegistrationSerializer(serializers.ModelSerializer[Registration]):
    teacher_id = serializers.CharField(source="course.teacher_id")
    semester_id = serializers.CharField(source="course.semester_id")
    course_id = serializers.CharField(source="course.course_id")
    student_id = serializers.CharField(source="student.student_id")

    class Meta:
        model = Registration
        fields = ["teacher_id", "semester_id", "course_id", "group_id", "student_id", "repo_path", "repo_url", "again"]
        read_only_fields = fields


class RepositorySerializer(serializers.ModelSerializer[Clone]):
    """A repository, the state of its clone, and whose it is. `id` is the Address's."""

    id = serializers.IntegerField(source="address_id")
    address = serializers.CharField()
    registrations = RegistrationSerializer(source="address.registrations", many=True)

    class Meta:
        model = Clone
        fields = [
            "id",
            "address",
            "status",
            "reason",
            "detail",
            "failing_since",
            "last_good_at",
            "next_attempt_at",
            "branch",
            "head",
            "size_bytes",
            "registrations",
        ]
        read_only_fields = fields
