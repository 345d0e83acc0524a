"""The inputs that every API of ours shares: moments, numbers of rows, and what may stand behind the `?`."""

from datetime import UTC, datetime
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from drf_spectacular.drainage import set_override
from rest_framework import serializers
from rest_framework.request import Request

MAX_ID = 2**63 - 1


class Moment(serializers.DateTimeField):
    """A moment that every database knows: at the ends of the calendar another zone has none."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("default_timezone", UTC)
        limits = [MinValueValidator(datetime(2, 1, 1, tzinfo=UTC)), MaxValueValidator(datetime(9999, 1, 1, tzinfo=UTC))]
        super().__init__(validators=limits, **options)


class Text(serializers.CharField):
    """A text as the document says: a number is none, though Django REST framework would take it for its digits."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class RowSerializer(serializers.ModelSerializer):  # type: ignore[type-arg]
    """A row of ours, its moments in UTC."""

    serializer_field_mapping = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.DateTimeField: Moment,
        models.CharField: Text,
        models.TextField: Text,
    }


class Id(serializers.IntegerField):
    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=1, max_value=MAX_ID, **options)


class WireId(Text):
    """An Id of the specification, to the letter. The verbs judge it (kernel.ids); here the document says what it is."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=255, trim_whitespace=False, **options)
        set_override(self, "field", {"type": "string", "maxLength": 255, "pattern": "^[A-Za-z0-9._-]+$"})


class Query(serializers.Serializer):  # type: ignore[type-arg]
    """An empty value is the same as none; `repeated` lists the names that may be given more than once."""

    repeated: tuple[str, ...] = ()

    @classmethod
    def of(cls, request: Request) -> dict[str, Any]:
        given = {name: value for name, value in request.query_params.items() if value}
        for name in cls.repeated:
            if values := [value for value in request.query_params.getlist(name) if value]:
                given[name] = values  # type: ignore[assignment]
        query = cls(data=given)
        query.is_valid(raise_exception=True)
        return dict(query.validated_data)
