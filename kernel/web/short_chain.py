"""Leads the requests of programs past the middleware that only pages need."""

import re
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.handlers.base import BaseHandler
from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.module_loading import import_string

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class ShortChainMiddleware:
    """Gives hooks, calendars, health checks and requests with a bearer token to PROGRAM_MIDDLEWARE; all others pass.

    It must be the first middleware: then none of the rest of MIDDLEWARE runs for these requests. They have no session,
    no `request.user` before their view has read the token, and no messages.

    A path in SHORT_PATHS takes the short chain always, one in BEARER_PATHS only with a bearer token. With a token the
    APIs never look at the session: BearerAuthentication is their first class, and it accepts or refuses.
    """

    sync_capable, async_capable = True, False

    def __init__(self, get_response: GetResponse) -> None:
        self._pages = get_response
        self._programs = _ShortChain()
        self._short = re.compile(settings.SHORT_PATHS)
        self._with_bearer = re.compile(settings.BEARER_PATHS)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        path = request.path_info
        is_short = self._short.fullmatch(path) or (
            request.META.get("HTTP_AUTHORIZATION", "").startswith("Bearer ") and self._with_bearer.match(path)
        )
        response: HttpResponseBase = self._programs.answer(request) if is_short else self._pages(request)
        return response


class _ShortChain(BaseHandler):
    """Django's handler with the middleware of PROGRAM_MIDDLEWARE, in the same order and with the same hooks."""

    def __init__(self) -> None:
        hooks: dict[str, list[Any]] = {"view": [], "template_response": [], "exception": []}
        self._view_middleware = hooks["view"]
        self._template_response_middleware = hooks["template_response"]
        self._exception_middleware = hooks["exception"]
        self.answer: Any = convert_exception_to_response(self._get_response)  # type: ignore[attr-defined]
        for path in reversed(settings.PROGRAM_MIDDLEWARE):
            middleware = import_string(path)(self.answer)
            for name, methods in hooks.items():
                if hasattr(middleware, f"process_{name}"):
                    methods.append(getattr(middleware, f"process_{name}"))
            self.answer = convert_exception_to_response(middleware)
        self._view_middleware.reverse()  # Django calls these from the outside in, the others from the inside out
