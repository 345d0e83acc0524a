"""The error responses of the APIs in the OpenAPI document. Their shape is that of `kernel.errors`."""

from drf_spectacular.utils import OpenApiExample, OpenApiResponse
from rest_framework import serializers


class ReasonSerializer(serializers.Serializer):  # type: ignore[type-arg]
    code = serializers.CharField(help_text="A stable code for programs: `no_room`, `would_displace`, `not_allowed`, …")
    message = serializers.CharField(help_text="A sentence for people, in the caller's language.")
    field = serializers.CharField(
        help_text="The input with the error, dotted where nested, or empty.", allow_blank=True
    )


# A serializer has an attribute of its own called `fields`, so this field cannot be declared in the class body.
ReasonSerializer._declared_fields["fields"] = serializers.DictField(
    required=False, help_text="`invalid`: every input with an error."
)


class ErrorSerializer(serializers.Serializer):  # type: ignore[type-arg]
    error = ReasonSerializer()


DESCRIPTIONS = {
    400: "An input is not valid; `field` names it.",
    401: "Nobody is signed in.",
    403: "The caller may not do this.",
    404: "This object does not exist.",
    409: "It exists already, or its state does not allow this.",
    412: "The object has changed since the version that If-Match names.",
    422: "The Idempotency-Key was used for another request.",
    429: "Too many wrong passwords: try again after `Retry-After` seconds.",
    503: "The database is busy. Nothing was changed: try again after `Retry-After` seconds.",
}


def error_responses(
    *codes: int,
    conflict: str = "",
    example: OpenApiExample | None = None,
    shape: type[serializers.Serializer] = ErrorSerializer,  # type: ignore[type-arg]
    descriptions: dict[int, str] | None = None,
) -> dict[int, OpenApiResponse]:
    """Return the OpenAPI responses for these error statuses.

    `conflict` adds a 409 with this description, and `example` an example of it. `shape` is the serializer of the body.
    `descriptions` replaces the texts of DESCRIPTIONS, by status.
    """
    texts = DESCRIPTIONS | (descriptions or {}) | ({409: conflict} if conflict else {})
    responses = {code: OpenApiResponse(shape, texts[code]) for code in (*codes, *([409] if conflict else []))}
    if example:
        responses[409] = OpenApiResponse(shape, texts[409], examples=[example])
    return responses
