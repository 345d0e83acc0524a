"""Serializer fields that the APIs share: dates with times, texts, ids and query parameters."""

from datetime import UTC, datetime
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.drainage import set_override
from rest_framework import serializers
from rest_framework.request import Request

MAX_ID = 2**63 - 1


class Moment(serializers.DateTimeField):
    """A date with a time, from year 2 to the start of 9999. In answers it is in UTC and has whole seconds.

    In a request it must have a time zone: without one, nobody knows which hour is meant. A date nearer to year 1 or to
    the end of 9999 may not exist in another time zone.
    """

    default_error_messages = {"naive": _("Add a time zone: “Z” for UTC, or an offset such as “+02:00”.")}

    def __init__(self, **options: Any) -> None:
        options.setdefault("default_timezone", UTC)
        limits = [MinValueValidator(datetime(2, 1, 1, tzinfo=UTC)), MaxValueValidator(datetime(9999, 1, 1, tzinfo=UTC))]
        super().__init__(validators=limits, **options)

    def enforce_timezone(self, value: datetime) -> datetime:
        if timezone.is_naive(value):
            self.fail("naive")
        return super().enforce_timezone(value).replace(microsecond=0)


class Text(serializers.CharField):
    """A CharField that refuses numbers. Django REST framework would accept a number and keep its digits."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class RowSerializer(serializers.ModelSerializer):  # type: ignore[type-arg]
    """A stored object, with its dates in UTC."""  # the OpenAPI document shows this text for each subclass

    serializer_field_mapping = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.DateTimeField: Moment,
        models.CharField: Text,
        models.TextField: Text,
    }


class Id(serializers.IntegerField):
    """A primary key: 1 to MAX_ID."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=1, max_value=MAX_ID, **options)


class WireId(Text):
    """An Id of the wire specification, kept as it was sent.

    This field only documents the pattern for OpenAPI; the commands validate the value with `kernel.ids.clean_id`.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=255, trim_whitespace=False, **options)
        set_override(self, "field", {"type": "string", "maxLength": 255, "pattern": "^[A-Za-z0-9._-]+$"})


class Query(serializers.Serializer):  # type: ignore[type-arg]
    """The query parameters of an API address.

    An empty value counts as absent. `repeated` lists the parameters that may occur more than once.
    """

    repeated: tuple[str, ...] = ()

    @classmethod
    def of(cls, request: Request) -> dict[str, Any]:
        """Return the validated parameters of this request; raises ValidationError (400)."""
        data = {name: value for name, value in request.query_params.items() if value}
        for name in cls.repeated:
            if values := [value for value in request.query_params.getlist(name) if value]:
                data[name] = values  # type: ignore[assignment]
        query = cls(data=data)
        query.is_valid(raise_exception=True)
        return dict(query.validated_data)
