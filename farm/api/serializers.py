"""The shapes of /api/v1/farm/. Times come in with a zone (else they are UTC) and go out in UTC."""

from datetime import UTC
from typing import Any

from rest_framework import serializers

from farm.models import MAX_QUANTITY, Allocation, Reservation, Resource
from farm.permissions import Sight
from farm.states import State


class ResourceSerializer(serializers.ModelSerializer):  # type: ignore[type-arg]
    class Meta:
        model = Resource
        fields = [
            "id", "name", "location", "gpu_model", "gpu_count", "memory_gb", "tags", "state", "notes", "scheduler_node",
        ]  # fmt: skip
        read_only_fields = ["id", "state"]
        extra_kwargs = {"name": {"required": False, "validators": []}}

    tags = serializers.ListField(child=serializers.CharField(max_length=50), max_length=50, required=False)


class LineSerializer(serializers.ModelSerializer):  # type: ignore[type-arg]
    resource = serializers.IntegerField(source="resource_id", min_value=1, max_value=2**63 - 1)
    gpus = serializers.IntegerField(min_value=0, max_value=MAX_QUANTITY)
    memory_gb = serializers.IntegerField(min_value=0, max_value=MAX_QUANTITY)

    class Meta:
        model = Allocation
        fields = ["resource", "gpus", "memory_gb"]


class ReservationSerializer(serializers.ModelSerializer):  # type: ignore[type-arg]
    """`owner` and `purpose` are absent where the reader may not know them."""

    owner = serializers.CharField(source="owner.username", max_length=255, required=False)
    project = serializers.IntegerField(source="project_id", required=False, allow_null=True, min_value=1)
    state = serializers.SerializerMethodField()
    lines = LineSerializer(many=True)
    purpose = serializers.CharField(max_length=200, required=False, allow_blank=True)
    start = serializers.DateTimeField(default_timezone=UTC)
    end = serializers.DateTimeField(default_timezone=UTC)
    created_at = serializers.DateTimeField(default_timezone=UTC, read_only=True)

    class Meta:
        model = Reservation
        fields = ["id", "owner", "project", "purpose", "start", "end", "state", "lines", "created_at", "version"]
        read_only_fields = ["id", "created_at", "version"]

    def get_state(self, row: Reservation) -> State:
        return row.state_at(self.context["now"])

    def to_representation(self, instance: Reservation) -> dict[str, Any]:
        found: dict[str, Any] = super().to_representation(instance)
        sight: Sight = self.context["sight"]
        if not sight.sees_name(instance):
            for name in ("owner", "purpose", "project"):
                found.pop(name, None)
        return found


class ChangeSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """What may be changed of a booking; what is absent stays."""

    start = serializers.DateTimeField(default_timezone=UTC, required=False)
    end = serializers.DateTimeField(default_timezone=UTC, required=False)
    purpose = serializers.CharField(max_length=200, required=False, allow_blank=True)
    lines = LineSerializer(many=True, required=False)
