"""The face for forges: `/_git_hook`, open to anybody, JSON or a form with the JSON in `payload`."""

import hashlib
from typing import Any
from urllib.parse import parse_qs

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from gitsync.webhooks import limits
from gitsync.webhooks.forges import read_hook
from gitsync.webhooks.receive import receive
from gitsync.wire import WireView
from kernel.callers import client_address
from kernel.errors import Malformed
from kernel.wire import parse_object


@extend_schema(exclude=True)
class GitHook(WireView):
    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]

    def post(self, request: Request) -> Response:
        caller = client_address(request._request)
        limits.check(f"caller:{caller}", limits.PER_CALLER)
        raw = request._request.body
        hook = read_hook(request.headers, parse_object(_payload(request.headers.get("Content-Type", ""), raw)))
        if hook.is_push and not hook.urls:
            raise Malformed("no_url", _("The hook does not name a repository."), field="repository")
        accepted = receive(hook, caller=caller, raw_hash=hashlib.sha256(raw).hexdigest())
        return Response({"request_id": accepted.pk})


def _payload(content_type: str, raw: bytes) -> bytes:
    if not content_type.lower().startswith("application/x-www-form-urlencoded") or raw.lstrip()[:1] == b"{":
        return raw
    try:
        return parse_qs(raw.decode(), max_num_fields=20).get("payload", [""])[0].encode()
    except ValueError:
        return b""
