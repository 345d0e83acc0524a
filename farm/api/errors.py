"""The refusals of /api/v1/farm/ in the OpenAPI document.

`kernel.errors` and `farm.domain.no_capacity` define them.
"""

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from farm.api.availability_serializers import ShareOfSerializer
from kernel.api.error_schema import ErrorSerializer, ReasonSerializer, error_responses


class MissingSerializer(serializers.Serializer):  # type: ignore[type-arg]
    resource = serializers.IntegerField()
    to = serializers.DateTimeField()
    gpus = serializers.IntegerField()
    memory_gb = serializers.IntegerField()


MissingSerializer._declared_fields["from"] = serializers.DateTimeField()  # `from` is a keyword of Python


class ShortenedSerializer(serializers.Serializer):  # type: ignore[type-arg]
    reservation = serializers.IntegerField()
    end = serializers.DateTimeField(help_text="The end that the booking would have.")


class FarmReasonSerializer(ReasonSerializer):
    missing = MissingSerializer(many=True, required=False, help_text="`no_room`: how much of what, and when.")
    alternatives = ShareOfSerializer(
        many=True, required=False, help_text="`no_room`: up to three alternatives that fit."
    )
    reservations = serializers.ListField(
        child=serializers.IntegerField(), required=False, help_text="`would_displace`: the bookings in the way."
    )
    shortened = ShortenedSerializer(
        many=True,
        required=False,
        help_text="`would_displace`: those of them that would keep a part of their time. The others are displaced.",
    )


class FarmErrorSerializer(ErrorSerializer):
    error = FarmReasonSerializer()


NO_ROOM = OpenApiExample(
    "No capacity",
    value={
        "error": {
            "code": "no_room",
            "message": "Not enough free capacity on dgx-1: 2 GPUs missing, Mon 7 Jan 09:00 – 11:00.",
            "field": "",
            "missing": [
                {
                    "resource": 1,
                    "from": "2030-01-07T09:00:00Z",
                    "to": "2030-01-07T11:00:00Z",
                    "gpus": 2,
                    "memory_gb": 0,
                }
            ],
            "alternatives": [
                {
                    "resource": 1,
                    "start": "2030-01-07T12:00:00Z",
                    "end": "2030-01-07T14:00:00Z",
                    "gpus": 4,
                    "memory_gb": 64,
                }
            ],
        }
    },
)
WOULD_DISPLACE = OpenApiExample(
    "Bookings in the way",
    value={
        "error": {
            "code": "would_displace",
            "message": "This would displace bookings on dgx-1.",
            "field": "",
            "reservations": [12, 15],
            "shortened": [{"reservation": 12, "end": "2030-01-07T09:00:00Z"}],
        }
    },
)
KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="1 to 255 printable ASCII characters. The same key and body again within a day get the first answer "
    "again, with `Idempotency-Replayed: true`. The same key with another body is 422. Refusals are not kept.",
)
DESCRIPTIONS = {503: "The farm is busy. Nothing was changed: try again after `Retry-After` seconds."}


def refusals(*codes: int, conflict: str = "", example: OpenApiExample | None = None) -> dict[int, OpenApiResponse]:
    """Return the responses for these status codes, with the farm's own fields in the error."""
    return error_responses(
        *codes, conflict=conflict, example=example, shape=FarmErrorSerializer, descriptions=DESCRIPTIONS
    )
