"""The bodies of /api/v1/farm/.

Times in a request have a time zone; times in an answer are UTC.
"""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from farm.models import MAX_QUANTITY, Allocation, Closure, Machine, Project, Reservation
from farm.models.states import State
from farm.rules.permissions import ViewerPermissions, may_manage
from kernel.api.input_fields import Id, Moment, RowSerializer, Text

BOOKING = {
    "start": "2030-01-07T09:00:00Z",
    "end": "2030-01-07T11:00:00Z",
    "purpose": "Fine-tuning",
    "lines": [{"resource": 1, "gpus": 4, "memory_gb": 64}],
}
MachineState = Machine.State  # its name in the OpenAPI document


class Quantity(serializers.IntegerField):
    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=0, max_value=MAX_QUANTITY, **options)


CONFIRM = "True: shorten or displace the bookings that no longer fit. Otherwise a 409 `would_displace` names them."


class ConfirmSerializer(serializers.Serializer):  # type: ignore[type-arg]
    confirm = serializers.BooleanField(default=False, help_text=CONFIRM)


@extend_schema_serializer(
    component_name="Resource",
    examples=[
        OpenApiExample(
            "A machine",
            value={
                "name": "dgx-1",
                "location": "Room B12",
                "gpu_model": "A100",
                "gpu_count": 8,
                "memory_gb": 640,
                "tags": ["nvlink"],
            },
            request_only=True,
        )
    ],
)
class MachineSerializer(RowSerializer):
    tags = serializers.ListField(child=Text(max_length=50), max_length=50, required=False)
    gpu_count = Quantity(help_text="GPUs that can be booked.")
    memory_gb = Quantity(help_text="Memory that can be booked, in GB.")

    class Meta:
        model = Machine
        fields = [
            "id", "name", "location", "gpu_model", "gpu_count", "memory_gb", "tags", "state", "notes", "scheduler_node",
        ]  # fmt: skip
        read_only_fields = ["id", "state"]
        extra_kwargs = {
            "name": {"required": False, "validators": [], "help_text": "Left out: made from the machine's id."}
        }


@extend_schema_serializer(component_name="ResourceChange")
class MachineChangeSerializer(MachineSerializer):
    """A change of a machine; what is absent stays.

    A `draining` machine keeps its bookings and takes no new ones.
    """

    gpu_count = Quantity(required=False, help_text="GPUs that can be booked.")
    memory_gb = Quantity(required=False, help_text="Memory that can be booked, in GB.")
    confirm = serializers.BooleanField(default=False, write_only=True, help_text=CONFIRM)

    class Meta(MachineSerializer.Meta):
        fields = [*MachineSerializer.Meta.fields, "confirm"]
        read_only_fields = ["id"]


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Half a machine, for one afternoon",
            value={
                "resource": 1,
                "start": "2030-01-07T12:00:00Z",
                "end": "2030-01-07T18:00:00Z",
                "gpus": 4,
                "memory_gb": 320,
                "reason": "New fans",
                "confirm": False,
            },
            request_only=True,
        )
    ]
)
class ClosureSerializer(RowSerializer):
    """A closure of a share of a machine.

    Where `gpus` and `memory_gb` are both empty, the whole machine is closed.
    """

    resource = Id(source="machine_id")
    start = Moment()
    end = Moment()
    gpus = Quantity(required=False, allow_null=True)
    memory_gb = Quantity(required=False, allow_null=True)
    reason = Text(max_length=200, required=False, allow_blank=True)
    confirm = serializers.BooleanField(default=False, write_only=True, help_text=CONFIRM)

    class Meta:
        model = Closure
        fields = ["id", "resource", "start", "end", "gpus", "memory_gb", "reason", "confirm"]


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


class ShareSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """Another share of the machine in the address."""

    gpus = Quantity()
    memory_gb = Quantity()


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Four GPUs for two hours",
            value=BOOKING,
            request_only=True,
        ),
        OpenApiExample(
            "A draft: its lines follow within the hour",
            value={"start": "2030-01-07T09:00:00Z", "end": "2030-01-07T11:00:00Z", "lines": []},
            request_only=True,
        ),
    ]
)
class ReservationSerializer(RowSerializer):
    """`owner`, `project` and `purpose` are absent where the reader may not know them."""

    owner = Text(
        source="owner.username", max_length=255, required=False, help_text="A user name. Left out: the caller."
    )
    project = Id(source="project_id", required=False, allow_null=True)
    state = serializers.SerializerMethodField(
        help_text="The state at this moment: a confirmed booking becomes active when its time begins."
    )
    lines = LineSerializer(  # type: ignore[call-arg]
        many=True, required=False, max_length=1000, help_text="Without any: a draft, which holds nothing."
    )
    purpose = Text(max_length=200, required=False, allow_blank=True)
    start = Moment()
    end = Moment(help_text="Exclusive: the next booking may start at this moment.")
    created_at = Moment(read_only=True)

    class Meta:
        model = Reservation
        fields = ["id", "owner", "project", "purpose", "start", "end", "state", "lines", "created_at", "version"]
        read_only_fields = ["id", "created_at", "version"]

    @extend_schema_field(serializers.ChoiceField(choices=State.choices))
    def get_state(self, row: Reservation) -> State:
        return row.state_at(self.context["now"])

    def to_representation(self, instance: Reservation) -> dict[str, Any]:
        data: dict[str, Any] = super().to_representation(instance)
        sight: ViewerPermissions = self.context["sight"]
        if not sight.sees_name(instance):
            for name in ("owner", "purpose", "project"):
                data.pop(name, None)
        return data


class ChangeSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """A change of a booking; what is absent stays. `lines` replaces all of them."""

    start = Moment(required=False)
    end = Moment(required=False)
    purpose = Text(max_length=200, required=False, allow_blank=True)
    lines = LineSerializer(many=True, required=False, max_length=1000)  # type: ignore[call-arg]
    version = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=2**31 - 1,
        help_text="The version you have seen; 409 where the booking has another one by now.",
    )
