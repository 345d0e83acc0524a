"""The URLs for the hooks of forges: `/_git_hook`, and a hook address of each course, whose hooks may be signed.

Anybody may call them. The body is JSON, or a form with the JSON in `payload`.
"""

import hashlib
from typing import Any
from urllib.parse import parse_qs

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from gitsync.domain.hook_addresses import secret_of
from gitsync.webhooks import limits
from gitsync.webhooks.forges import read_hook
from gitsync.webhooks.receive import receive
from gitsync.webhooks.signatures import is_signed
from gitsync.wire.views import WireView
from kernel.errors import Malformed, Refused, Unknown
from kernel.web.client_address import client_address
from kernel.wire import parse_object


class HookView(WireView):
    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]


@extend_schema(exclude=True)
class GitHook(HookView):
    def post(self, request: Request) -> Response:
        return Response(_receive(request, _counted_caller(request), _payload(request)))


@extend_schema(exclude=True)
class CourseHook(HookView):
    """The hook address of a course. The hook may name any repository, as at `/_git_hook`."""

    def post(self, request: Request, token: str) -> Response:
        payload = _payload(request)
        try:
            signed = self._is_signed(request, token, payload)
        except Refused:
            _counted_caller(request)
            raise
        # Whoever knows the secret is no stranger: its hooks are not counted with those of its network address.
        caller = f"hook address {token}" if signed else _counted_caller(request)
        return Response(_receive(request, caller, payload, signed=signed), status=202)

    def _is_signed(self, request: Request, token: str, payload: bytes) -> bool:
        """Whether the hook is signed. Raises Unknown for an unknown token, NotAllowed for a wrong signature."""
        secret = secret_of(token)
        if not secret:
            raise Unknown("unknown", _("There is no such hook address. It may have been replaced by a new one."))
        return is_signed(request.headers, list(dict.fromkeys((request._request.body, payload))), secret)


def _counted_caller(request: Request) -> str:
    """Return the caller's address. Raises Throttled when it calls too often."""
    caller = client_address(request._request) or ""
    limits.check(f"caller:{caller}", limits.PER_CALLER)
    return caller


def _receive(request: Request, caller: str, payload: bytes, *, signed: bool = False) -> dict[str, int]:
    hook = read_hook(request.headers, parse_object(payload))
    if hook.is_push and not hook.urls:
        raise Malformed("no_url", _("The hook does not name a repository."), field="repository")
    raw_hash = hashlib.sha256(request._request.body).hexdigest()
    return {"request_id": receive(hook, caller=caller, raw_hash=raw_hash, signed=signed).pk}


def _payload(request: Request) -> bytes:
    """Return the JSON bytes of the body: all of it, or the field `payload` of a form."""
    raw, content_type = request._request.body, request.headers.get("Content-Type", "")
    if not content_type.lower().startswith("application/x-www-form-urlencoded") or raw.lstrip()[:1] == b"{":
        return raw
    try:
        return parse_qs(raw.decode(), max_num_fields=20).get("payload", [""])[0].encode()
    except ValueError:
        return b""
