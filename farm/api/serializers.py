"""The bodies of answers of /api/v1/farm/. Times are in UTC."""

from typing import Any

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from farm.models import MAX_QUANTITY, Allocation, Closure, Machine, Project, Reservation
from farm.models.states import State
from farm.rules.permissions import ViewerPermissions, may_manage
from kernel.api.input_fields import Id, Moment, RowSerializer, Text

MOMENT = Moment()
MachineState = Machine.State  # its name in the OpenAPI document


class Quantity(serializers.IntegerField):
    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=0, max_value=MAX_QUANTITY, **options)


@extend_schema_serializer(component_name="Resource")
class MachineSerializer(RowSerializer):
    tags = serializers.ListField(child=Text(max_length=50))
    gpu_count = Quantity(help_text="GPUs that can be booked.")
    memory_gb = Quantity(help_text="Memory that can be booked, in GB.")
    state = serializers.ChoiceField(choices=Machine.State.choices)
    location = Text(allow_blank=True)
    gpu_model = Text(allow_blank=True)
    notes = Text(allow_blank=True)
    scheduler_node = Text(allow_blank=True)

    class Meta:
        model = Machine
        fields = [
            "id", "name", "location", "gpu_model", "gpu_count", "memory_gb", "tags", "state", "notes", "scheduler_node",
        ]  # fmt: skip


class ClosureSerializer(RowSerializer):
    """A closure of a share of a machine.

    Where `gpus` and `memory_gb` are both empty, the whole machine is closed.
    """

    resource = Id(source="machine_id")
    start = Moment()
    end = Moment()
    gpus = Quantity(allow_null=True)
    memory_gb = Quantity(allow_null=True)
    reason = Text(allow_blank=True)

    class Meta:
        model = Closure
        fields = ["id", "resource", "start", "end", "gpus", "memory_gb", "reason"]


class ProjectSerializer(RowSerializer):
    """`owners` is absent where the policy hides names.

    Only owners, staff and programs see `members`.
    """

    owners = serializers.SerializerMethodField()
    members = serializers.SerializerMethodField()

    class Meta:
        model = Project
        fields = ["id", "name", "owners", "members"]

    def get_owners(self, row: Project) -> list[str]:
        return sorted(person.username for person in row.owners.all())

    def get_members(self, row: Project) -> list[str]:
        return sorted(person.username for person in row.members.all())

    def to_representation(self, instance: Project) -> dict[str, Any]:
        data: dict[str, Any] = super().to_representation(instance)
        viewer = self.context["request"].user
        if not may_manage(viewer) and viewer.username not in data["owners"]:
            del data["members"]
            if self.context["sight"].policy == "staff":
                del data["owners"]
        return data


class LineSerializer(RowSerializer):
    resource = Id(source="machine_id", help_text="The machine's id.")
    gpus = Quantity()
    memory_gb = Quantity()

    class Meta:
        model = Allocation
        fields = ["resource", "gpus", "memory_gb"]


class ReservationSerializer(RowSerializer):
    """`owner`, `project` and `purpose` are absent where the reader may not know them."""

    owner = Text(source="owner.username", required=False, help_text="A user name.")
    project = Id(source="project_id", required=False, allow_null=True)
    state = serializers.SerializerMethodField(
        help_text="The state at this moment: a confirmed booking becomes active when its time begins."
    )
    lines = LineSerializer(many=True)
    purpose = Text(required=False, allow_blank=True)
    start = Moment()
    end = Moment(help_text="Exclusive: the next booking may start at this moment.")
    created_at = Moment()

    class Meta:
        model = Reservation
        fields = ["id", "owner", "project", "purpose", "start", "end", "state", "lines", "created_at", "version"]

    @extend_schema_field(serializers.ChoiceField(choices=State.choices))
    def get_state(self, row: Reservation) -> State:
        return row.state_at(self.context["now"])

    def to_representation(self, instance: Reservation) -> dict[str, Any]:
        """Return the values of the fields above, without the fields: they took longer than to save a booking."""
        sight: ViewerPermissions = self.context["sight"]
        lines = instance.lines.all() if instance.new_allocations is None else instance.new_allocations
        data: dict[str, Any] = {
            "id": instance.pk,
            "owner": instance.owner.username,
            "project": instance.project_id,
            "purpose": instance.purpose,
            "start": MOMENT.to_representation(instance.start),
            "end": MOMENT.to_representation(instance.end),
            "state": self.get_state(instance),
            "lines": [{"resource": line.machine_id, "gpus": line.gpus, "memory_gb": line.memory_gb} for line in lines],
            "created_at": MOMENT.to_representation(instance.created_at),
            "version": instance.version,
        }
        if not sight.sees_name(instance):
            for name in ("owner", "purpose", "project"):
                del data[name]
        return data
