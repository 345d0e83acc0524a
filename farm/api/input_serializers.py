"""The bodies of requests to /api/v1/farm/. Unknown fields and times without a time zone are refused."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from farm.api.serializers import Quantity
from farm.models import Machine
from kernel.api.input_fields import Id, InputSerializer, Moment, RowSerializer, Text

BOOKING: dict[str, Any] = {
    "start": "2030-01-07T09:00:00Z",
    "end": "2030-01-07T11:00:00Z",
    "purpose": "Fine-tuning",
    "lines": [{"resource": 1, "gpus": 4, "memory_gb": 64}],
}
CONFIRM = "True: shorten or displace the bookings that no longer fit. Otherwise a 409 `would_displace` names them."
MEMORY = "In GB. If absent: a part of the machine's memory, in proportion to the GPUs."


@extend_schema_serializer(component_name="Confirmation")
class ConfirmInput(InputSerializer):
    confirm = serializers.BooleanField(default=False, help_text=CONFIRM)


@extend_schema_serializer(
    component_name="ResourceInput",
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
class MachineInput(RowSerializer):
    """A new machine."""

    tags = serializers.ListField(child=Text(max_length=50), max_length=50, required=False)
    gpu_count = Quantity(help_text="GPUs that can be booked.")
    memory_gb = Quantity(help_text="Memory that can be booked, in GB.")

    class Meta:
        model = Machine
        fields = ["name", "location", "gpu_model", "gpu_count", "memory_gb", "tags", "notes", "scheduler_node"]
        extra_kwargs = {
            "name": {"required": False, "validators": [], "help_text": "If absent: made from the machine's id."}
        }


@extend_schema_serializer(component_name="ResourceChange")
class MachineChange(MachineInput):
    """A change of a machine; what is absent stays.

    A `draining` machine keeps its bookings and takes no new ones.
    """

    gpu_count = Quantity(required=False, help_text="GPUs that can be booked.")
    memory_gb = Quantity(required=False, help_text="Memory that can be booked, in GB.")
    confirm = serializers.BooleanField(default=False, help_text=CONFIRM)

    class Meta(MachineInput.Meta):
        fields = [*MachineInput.Meta.fields, "state", "confirm"]


@extend_schema_serializer(
    component_name="ClosureInput",
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
    ],
)
class ClosureInput(InputSerializer):
    """A closure of a share of a machine; of all of it where `gpus` and `memory_gb` are both empty."""

    resource = Id(source="machine_id")
    start = Moment()
    end = Moment()
    gpus = Quantity(required=False, allow_null=True)
    memory_gb = Quantity(required=False, allow_null=True)
    reason = Text(max_length=200, required=False, allow_blank=True)
    confirm = serializers.BooleanField(default=False, help_text=CONFIRM)


@extend_schema_serializer(component_name="LineInput")
class LineInput(InputSerializer):
    """A part of one machine."""

    resource = Id(source="machine_id", help_text="The machine's id.")
    gpus = Quantity()
    memory_gb = Quantity(required=False, help_text=MEMORY)


@extend_schema_serializer(component_name="ShareInput")
class ShareInput(InputSerializer):
    """Another part of the machine in the address."""

    gpus = Quantity()
    memory_gb = Quantity(required=False, help_text=MEMORY)


@extend_schema_serializer(
    component_name="ReservationInput",
    examples=[
        OpenApiExample("Four GPUs for two hours", value=BOOKING, request_only=True),
        OpenApiExample(
            "A draft: its lines follow within the hour",
            value={"start": "2030-01-07T09:00:00Z", "end": "2030-01-07T11:00:00Z", "lines": []},
            request_only=True,
        ),
    ],
)
class ReservationInput(InputSerializer):
    """A new booking."""

    owner = Text(max_length=255, required=False, help_text="A user name. If absent: the caller.")
    project = Id(required=False, allow_null=True)
    purpose = Text(max_length=200, required=False, allow_blank=True)
    start = Moment()
    end = Moment(help_text="Exclusive: the next booking may start at this moment.")
    lines = LineInput(  # type: ignore[call-arg]
        many=True, required=False, max_length=1000, help_text="If empty: a draft, which holds nothing."
    )


@extend_schema_serializer(component_name="ReservationChange")
class ReservationChange(InputSerializer):
    """A change of a booking; what is absent stays. `lines` replaces all of them."""

    start = Moment(required=False)
    end = Moment(required=False)
    purpose = Text(max_length=200, required=False, allow_blank=True)
    lines = LineInput(many=True, required=False, max_length=1000)  # type: ignore[call-arg]
    version = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=2**31 - 1,
        help_text="The version that you have seen; 409 if the booking has changed since then.",
    )
