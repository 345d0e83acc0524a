"""A kept serializer validates like a new one."""

import pytest
from rest_framework import serializers

from kernel.api.input_fields import Id, InputSerializer, Moment, Text, validated

GOOD = {"start": "2030-01-07T09:00:00Z", "items": [{"machine": 1}, {"machine": 2}]}


class Item(InputSerializer):
    machine = Id(source="machine_id")
    note = Text(max_length=5, required=False)


class Body(InputSerializer):
    start = Moment()
    items = Item(many=True, required=False)  # type: ignore[call-arg]


@pytest.mark.parametrize(
    "data",
    [
        None, [], "text", {}, {"start": "2030-01-07T09:00:00"}, {**GOOD, "stat": 1}, {**GOOD, "items": {}},
        {**GOOD, "items": [{"machine": 1}, {"machine": 0}]}, {**GOOD, "items": [{"machine": 1, "note": "too long"}]},
    ],
)  # fmt: skip
def test_it_refuses_what_a_new_serializer_refuses_with_the_same_errors_and_remembers_nothing(data):
    new = Body(data=data)
    assert not new.is_valid()
    for _ in range(2):
        with pytest.raises(serializers.ValidationError) as refused:
            validated(Body, data)
        assert refused.value.detail == new.errors
    accepted = Body(data=GOOD)
    assert accepted.is_valid()
    assert validated(Body, GOOD) == accepted.validated_data


def test_it_builds_the_fields_once(monkeypatch):
    validated(Body, GOOD)
    monkeypatch.setattr(Body, "get_fields", None)
    assert validated(Body, GOOD)["items"][1] == {"machine_id": 2}
