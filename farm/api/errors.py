"""How /api/v1/farm/ refuses, for the OpenAPI document: kernel.errors and farm.refusals as they are written."""

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from farm.api.serializers import ShareOfSerializer


class MissingSerializer(serializers.Serializer):  # type: ignore[type-arg]
    resource = serializers.IntegerField()
    to = serializers.DateTimeField()
    gpus = serializers.IntegerField()
    memory_gb = serializers.IntegerField()


MissingSerializer._declared_fields["from"] = serializers.DateTimeField()  # no name in Python


class ReasonSerializer(serializers.Serializer):  # type: ignore[type-arg]
    code = serializers.CharField(help_text="A stable word for programs: `no_room`, `would_displace`, `not_allowed`, …")
    message = serializers.CharField(help_text="A sentence for people, in the caller's language.")
    field = serializers.CharField(help_text="The input at fault, dotted where nested, or empty.", allow_blank=True)
    missing = MissingSerializer(many=True, required=False, help_text="`no_room`: how much of what, and when.")
    alternatives = ShareOfSerializer(many=True, required=False, help_text="`no_room`: up to three ways on that fit.")
    reservations = serializers.ListField(
        child=serializers.IntegerField(), required=False, help_text="`would_displace`: the bookings in the way."
    )


ReasonSerializer._declared_fields["fields"] = serializers.DictField(
    required=False, help_text="`invalid`: all at fault."
)


class ErrorSerializer(serializers.Serializer):  # type: ignore[type-arg]
    error = ReasonSerializer()


NO_ROOM = OpenApiExample(
    "No room",
    value={
        "error": {
            "code": "no_room",
            "message": "dgx-1 does not have that much free all the time: 2 GPU missing.",
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
            "message": "This would displace what is booked on dgx-1.",
            "field": "",
            "reservations": [12, 15],
        }
    },
)
KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="1 to 255 printable ASCII characters. The same key and body again within a day: the first "
    "answer again, with `Idempotency-Replayed: true`; with another body 422. Refusals are not kept.",
)
WORDS = {
    400: "A field out of shape; `field` names it.",
    401: "Nobody is signed in.",
    403: "The caller may not do this.",
    404: "There is nothing there.",
    422: "The Idempotency-Key was used for another request.",
    503: "The farm is busy. Nothing was changed: try again after `Retry-After` seconds.",
}


def refusals(*codes: int, conflict: str = "", example: OpenApiExample | None = None) -> dict[int, OpenApiResponse]:
    """The responses of these statuses; `conflict` says what a 409 is."""
    found = {code: OpenApiResponse(ErrorSerializer, WORDS[code]) for code in codes}
    if conflict:
        found[409] = OpenApiResponse(ErrorSerializer, conflict, examples=[example] if example else [])
    return found
