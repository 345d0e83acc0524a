"""Serializer fields that the APIs share: dates with times, texts, ids and query parameters."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from difflib import get_close_matches
from functools import cache
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.drainage import set_override
from rest_framework import serializers
from rest_framework.request import Request

MAX_ID = 2**63 - 1
COMMON_PARAMETERS = frozenset({"limit", "offset", "format"})  # of every list


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


class KnownFields:
    """Refuses a body with a field that the serializer does not take. Put it before the serializer class."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            known = {name for name, field in self.fields.items() if not field.read_only}  # type: ignore[attr-defined]
            refuse_unknown(set(data) - known - {"csrfmiddlewaretoken"}, known, _("There is no field “%(name)s”."))
        return super().to_internal_value(data)  # type: ignore[misc]


class InputSerializer(KnownFields, serializers.Serializer):  # type: ignore[type-arg]
    """The body of a request. Fields that it does not have are refused."""  # OpenAPI shows this text for subclasses


def validated(serializer: type[serializers.Serializer[Any]], data: Any) -> Any:
    """Return what this serializer makes of the data of a request. Raises ValidationError (400).

    One serializer of each class is kept, because to build one takes longer than to use it. It validates without being
    changed. Data that it refuses goes to a new one, which collects the errors.
    """
    try:
        return _kept(serializer).run_validation(data)
    except serializers.ValidationError:
        new = serializer(data=data)
        new.is_valid(raise_exception=True)
        return new.validated_data


@cache
def _kept(serializer: type[serializers.Serializer[Any]]) -> serializers.Serializer[Any]:
    return serializer()


def take_no_fields(request: Request) -> None:
    """Raise ValidationError (400) for a step that takes no fields, and got some: they would be ignored in silence."""
    InputSerializer(data=request.data).is_valid(raise_exception=True)


class RowSerializer(KnownFields, serializers.ModelSerializer):  # type: ignore[type-arg]
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


def refuse_unknown(unknown: Collection[str], known: Collection[str], sentence: Any) -> None:
    """Raise ValidationError (400) that names each unknown input, and the one that was perhaps meant."""
    errors = {}
    for name in sorted(unknown):
        similar = get_close_matches(str(name), known, n=1)
        hint = f" {_('Did you mean “%(name)s”?') % {'name': similar[0]}}" if similar else ""
        errors[str(name)] = [f"{sentence % {'name': str(name)[:60]}}{hint}"]
    if errors:
        raise serializers.ValidationError(errors)


class Query(serializers.Serializer):  # type: ignore[type-arg]
    """The query parameters of an API address.

    An empty value counts as absent; a parameter that does not exist is refused. `repeated` lists the parameters that
    may occur more than once.
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
        known = set(query.fields)
        unknown = set(request.query_params) - known - COMMON_PARAMETERS
        refuse_unknown(unknown, known, _("There is no filter “%(name)s” here."))
        query.is_valid(raise_exception=True)
        return dict(query.validated_data)
