"""How the APIs refuse, for the OpenAPI document: kernel.errors as it is written."""

from drf_spectacular.utils import OpenApiExample, OpenApiResponse
from rest_framework import serializers


class ReasonSerializer(serializers.Serializer):  # type: ignore[type-arg]
    code = serializers.CharField(help_text="A stable word for programs: `no_room`, `would_displace`, `not_allowed`, …")
    message = serializers.CharField(help_text="A sentence for people, in the caller's language.")
    field = serializers.CharField(help_text="The input at fault, dotted where nested, or empty.", allow_blank=True)


ReasonSerializer._declared_fields["fields"] = serializers.DictField(
    required=False, help_text="`invalid`: all at fault."
)


class ErrorSerializer(serializers.Serializer):  # type: ignore[type-arg]
    error = ReasonSerializer()


WORDS = {
    400: "A field out of shape; `field` names it.",
    401: "Nobody is signed in.",
    403: "The caller may not do this.",
    404: "There is nothing there.",
    409: "It is there already, or its state does not allow that.",
    422: "The Idempotency-Key was used for another request.",
    429: "Too many wrong passwords: try again after `Retry-After` seconds.",
    503: "The database is busy. Nothing was changed: try again after `Retry-After` seconds.",
}


def described(
    *codes: int,
    conflict: str = "",
    example: OpenApiExample | None = None,
    shape: type[serializers.Serializer] = ErrorSerializer,  # type: ignore[type-arg]
    words: dict[int, str] | None = None,
) -> dict[int, OpenApiResponse]:
    """The responses of these statuses; `conflict` says what a 409 is, `words` what others are, in place of ours."""
    said = WORDS | (words or {}) | ({409: conflict} if conflict else {})
    found = {code: OpenApiResponse(shape, said[code]) for code in (*codes, *([409] if conflict else []))}
    if example:
        found[409] = OpenApiResponse(shape, said[409], examples=[example])
    return found
