"""The URLs for the hooks of forges: `/_git_hook`, and a hook address of each course, whose hooks may be signed.

Anybody may call them. The body is JSON, or a form with the JSON in `payload`.
"""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from gitsync.domain.hook_addresses import secret_of
from gitsync.webhooks import bodies, limits
from gitsync.webhooks.bodies import HookBody
from gitsync.webhooks.fields import Fields, read_fields
from gitsync.webhooks.forges import WANTED, names_a_forge, read_hook
from gitsync.webhooks.receive import receive
from gitsync.webhooks.signatures import claims_signature, is_signed
from gitsync.wire.views import WireView
from kernel.errors import Malformed, Refused, Unknown
from kernel.web.client_address import client_address, network_of


class HookView(WireView):
    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]
    body_limit = settings.HOOK_BODY_LIMIT

    def check_body(self, request: Request) -> None:
        """Do not read the body yet: `bodies.received` does, with the limit of hooks."""


@extend_schema(exclude=True)
class GitHook(HookView):
    def post(self, request: Request) -> Response:
        caller = _counted_caller(request)
        with bodies.received(request._request) as body:
            return Response(_receive(request, caller, body))


@extend_schema(exclude=True)
class CourseHook(HookView):
    """The hook address of a course. The hook may name any repository, as at `/_git_hook`."""

    def post(self, request: Request, token: str) -> Response:
        secret = secret_of(token)
        claim = _counted_claim(request, token) if secret and claims_signature(request.headers) else ""
        caller = "" if claim else _counted_caller(request)
        if not secret:
            raise Unknown("unknown", _("There is no such hook address. It may have been replaced by a new one."))
        with bodies.received(request._request) as body:
            try:
                signed = is_signed(request.headers, body.forms(), secret)
            except Refused:
                _counted_caller(request)
                raise
            if signed:  # whoever knows the secret is no stranger: not counted with the hooks of its network address
                limits.give_back(claim)
                caller = f"hook address {token}"
            caller = caller or _counted_caller(request)
            return Response(_receive(request, caller, body, signed=signed), status=202)


def _counted_claim(request: Request, token: str) -> str:
    """Count a hook that says that it is signed, before its body is read and hashed; return the key of the count.

    Only the address that sends wrong signatures uses up its own cap, at one hook address. Raises Throttled.
    """
    key = f"claim:{network_of(client_address(request._request) or '')}:{token}"
    limits.check(key, limits.CLAIMS_PER_CALLER)
    return key


def _counted_caller(request: Request) -> str:
    """Return the caller's address, or its IPv6 network. Raises Throttled when it calls too often."""
    caller = network_of(client_address(request._request) or "")
    limits.check(f"caller:{caller}", limits.PER_CALLER)
    return caller


def _receive(request: Request, caller: str, body: HookBody, *, signed: bool = False) -> dict[str, int]:
    hook = read_hook(request.headers, _read_fields(request, body))
    if hook.is_push and not hook.urls and not names_a_forge(request.headers):
        raise Malformed("no_url", _("The hook does not name a repository."), field="repository")
    return {"request_id": receive(hook, caller=caller, raw_hash=body.raw_hash(), signed=signed)}


def _read_fields(request: Request, body: HookBody) -> Fields:
    """Return the fields of the body. A forge's own hook has none when its body cannot be read: it is never refused."""
    try:
        return read_fields(body, WANTED)
    except Malformed:
        if names_a_forge(request.headers):
            return {}
        raise
