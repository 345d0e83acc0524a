"""The header If-Match: a change is made only to the version that the caller has seen."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from kernel.errors import Conflict, Malformed, Refused

ETAG = re.compile(r'"([0-9]{1,9})"')
IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    description="The `ETag` of an answer: 412 where the booking has another version by now.",
)


class PreconditionFailed(Refused):
    status = 412


def etag(version: int) -> str:
    return f'"{version}"'


@contextmanager
def matching_version(request: Request, version: int | None = None) -> Iterator[int | None]:
    """Give the version that the caller has seen: that of If-Match, else `version` of the body, else None.

    A command that raises `changed_meanwhile` for the version of If-Match is answered with 412. Raises Malformed when
    the header is no ETag of ours, or names another version than the body.
    """
    header = request.headers.get("If-Match", "*").strip()
    if header == "*":
        yield version
        return
    match = ETAG.fullmatch(header)
    if match is None or version not in (None, int(match[1])):
        sentence = _("If-Match must be the ETag of the answer that you have seen.")
        raise Malformed("bad_if_match", sentence, field="If-Match")
    try:
        yield int(match[1])
    except Conflict as refusal:
        if refusal.code != "changed_meanwhile":
            raise
        raise PreconditionFailed(refusal.code, refusal.message, field="If-Match", **refusal.extra) from None


class WithoutVersions:
    """Refuses If-Match where nothing has a version: ignored, it would promise what nobody checks."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)  # type: ignore[misc]
        if request.method not in ("GET", "HEAD", "OPTIONS") and request.headers.get("If-Match", "*").strip() != "*":
            sentence = _("If-Match cannot be checked here: only bookings have versions.")
            raise PreconditionFailed("no_versions", sentence, field="If-Match")
