"""The header If-Match: a change is made only to the version that the caller has seen."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from kernel.errors import Conflict, Malformed, Refused

ETAG = re.compile(r'"([0-9a-z]{1,32})"')
NUMBER = re.compile(r"[0-9]{1,9}")
IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    description="The `ETag` of an earlier answer: 412 if the object has changed since then.",
)


class PreconditionFailed(Refused):
    status = 412


def etag(version: int | str) -> str:
    return f'"{version}"'


@contextmanager
def matching_tag(request: Request) -> Iterator[str | None]:
    """Give the version in If-Match, None where the caller names none.

    A command that raises `changed_meanwhile` for it is answered with 412. Raises Malformed when the header is no ETag
    of ours.
    """
    header = request.headers.get("If-Match", "*").strip()
    if header == "*":
        yield None
        return
    match = ETAG.fullmatch(header)
    if match is None:
        raise _not_ours()
    try:
        yield match[1]
    except Conflict as refusal:
        if refusal.code != "changed_meanwhile":
            raise
        raise PreconditionFailed(refusal.code, refusal.message, field="If-Match", **refusal.extra) from None


@contextmanager
def matching_version(request: Request, version: int | None = None) -> Iterator[int | None]:
    """Give the number of the version that the caller has seen: that of If-Match, else `version` of the body, else None.

    Like `matching_tag`. Raises Malformed also when the header names another version than the body.
    """
    with matching_tag(request) as tag:
        if tag is None:
            yield version
            return
        if NUMBER.fullmatch(tag) is None or version not in (None, int(tag)):
            raise _not_ours()
        yield int(tag)


def _not_ours() -> Malformed:
    sentence = _("If-Match must be the ETag of the answer that you have seen.")
    return Malformed("bad_if_match", sentence, field="If-Match")


class WithoutVersions:
    """Refuses If-Match where objects have no version. Ignoring it would wrongly promise a check.

    `checks_if_match` names the methods of the view that do check it.
    """

    checks_if_match: tuple[str, ...] = ()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)  # type: ignore[misc]
        if request.method in ("GET", "HEAD", "OPTIONS", *self.checks_if_match):
            return
        if request.headers.get("If-Match", "*").strip() != "*":
            sentence = _("If-Match cannot be checked here: this has no versions.")
            raise PreconditionFailed("no_versions", sentence, field="If-Match")
