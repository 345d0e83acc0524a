"""The bodies about free capacity: availability, slots, alternatives."""

from rest_framework import serializers

from farm.models import Machine
from kernel.api.input_fields import Moment, Text


class ShareOfSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """A share of one machine that would fit at this moment."""

    resource = serializers.IntegerField()
    start = Moment()
    end = Moment()
    gpus = serializers.IntegerField()
    memory_gb = serializers.IntegerField()


class StepSerializer(serializers.Serializer):  # type: ignore[type-arg]
    start = Moment()
    end = Moment()
    gpus = serializers.IntegerField(help_text="GPUs free from start to end.")
    memory_gb = serializers.IntegerField(help_text="Memory free from start to end, in GB.")


class AvailabilitySerializer(serializers.Serializer):  # type: ignore[type-arg]
    """The free capacity of one machine: adjoining steps that cover `[from, to)` exactly."""

    resource = serializers.IntegerField()
    state = serializers.ChoiceField(
        choices=Machine.State.choices, help_text="A draining machine takes no new bookings."
    )
    to = Moment()
    steps = StepSerializer(many=True)


AvailabilitySerializer._declared_fields["from"] = Moment()


class SlotSerializer(ShareOfSerializer):
    name = Text(help_text="The machine's name.")
