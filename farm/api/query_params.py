"""The query parameters of /api/v1/farm/, also for the OpenAPI document.

A refusal names the parameter at fault.
"""

from decimal import Decimal

from rest_framework import serializers

from farm.api.serializers import Quantity
from farm.models import MAX_SPAN, Machine
from farm.models.states import State
from kernel.api.input_fields import Id, Moment, Query

MIN_HOURS, MAX_HOURS = Decimal("0.01"), MAX_SPAN.days * 24


class WindowQuery(Query):
    """`[from, to)`; a side that is absent is open."""

    to = Moment(required=False, help_text="Only what starts before this moment.")


WindowQuery._declared_fields["from"] = Moment(required=False, help_text="Only what ends after this moment.")


class MachineQuery(Query):
    repeated = ("tag",)

    state = serializers.ChoiceField(
        choices=Machine.State.choices, required=False, help_text="If absent: all but the retired ones."
    )
    model = serializers.CharField(required=False, max_length=100, help_text="Only machines with this GPU model.")
    location = serializers.CharField(required=False, max_length=100)
    tag = serializers.ListField(
        child=serializers.CharField(max_length=50),
        required=False,
        max_length=20,
        help_text="Only machines with all of these tags.",
    )
    min_gpus = Quantity(required=False)
    min_memory_gb = Quantity(required=False)


class ClosureQuery(WindowQuery):
    resource = Id(required=False, help_text="The id of a machine.")


class ReservationQuery(WindowQuery):
    mine = serializers.BooleanField(default=False, help_text="Only the caller's own.")
    resource = Id(required=False, help_text="The id of a machine that it is on.")
    state = serializers.ChoiceField(choices=State.choices, required=False, help_text="The state at this moment.")
    owner = serializers.CharField(required=False, max_length=255, help_text="A user name. Hidden names are not found.")
    project = Id(required=False)
    ordering = serializers.ChoiceField(
        choices=["start", "-start", "id", "-id"], default="start", help_text="Bookings of one start are ordered by id."
    )


class SlotQuery(Query):
    repeated = ("tag", "resource")

    gpus = Quantity(default=0)
    memory_gb = Quantity(
        required=False, help_text="In GB. If absent: a part of the machine's memory, in proportion to the GPUs."
    )
    hours = serializers.DecimalField(
        max_digits=None,
        decimal_places=None,
        coerce_to_string=False,
        min_value=MIN_HOURS,
        max_value=MAX_HOURS,
        help_text="How long, for example 1.5.",
    )
    after = Moment(required=False, help_text="If absent or in the past: now.")
    before = Moment(required=False, help_text="The end is not after this. If absent: 30 days after `after`.")
    tag = serializers.ListField(
        child=serializers.CharField(max_length=50),
        required=False,
        max_length=20,
        help_text="Only machines with all of these tags.",
    )
    model = serializers.CharField(required=False, max_length=100, help_text="Only machines with this GPU model.")
    resource = serializers.ListField(
        child=Id(), required=False, max_length=100, help_text="Only these machines, by id."
    )
    limit = serializers.IntegerField(default=50, min_value=1, max_value=500)
