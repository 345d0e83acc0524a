"""Limits bodies of requests while they arrive, before Django gets them: `manage.py up` has no proxy in front.

Django would first store a body completely, of any size and for as long as the sender takes, and ask its view then.
Here a body has the limit of its view (kernel/web/body_limit.py), a time that grows with the bytes that have arrived,
and a place among those that arrive at the same moment (config/body_places.py). So the bodies take at most
SMALL.at_once * 1 MB + LARGE.at_once * 26 MB of the disk. A request without a body waits for nothing.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from io import BytesIO
from typing import Any

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.preferences import theme_of
from accounts.views.errors import PROGRAM_PATHS
from config.body_places import BodyPlace, Places, Room
from kernel.errors import Refused
from kernel.web.body_limit import body_limit_of
from kernel.web.client_address import client_address, network_of

FIRST_SECONDS = 15.0  # for a body of any size
BYTES_PER_SECOND = 20_000  # a body may take longer, if it arrives at this rate
SMALL = Room(at_once=400, per_caller=24, waiting_per_caller=100, seconds=15.0)
LARGE = Room(at_once=12, per_caller=2, waiting_per_caller=24, seconds=5.0)  # forges wait ten seconds for an answer
DRAINED = 32_000_000  # bytes that are read and dropped, so that a browser shows the refusal and not a broken connection

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Scope]]
Send = Callable[[Scope], Awaitable[None]]


class Admission:
    """The ASGI application in front of Django's."""

    def __init__(self, pages: Any) -> None:  # an ASGI application; Django types its own more strictly
        self._pages = pages
        self._small, self._large = Places(SMALL), Places(LARGE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {name: value for name, value in scope["headers"] if name in (b"content-length", b"transfer-encoding")}
        length = headers.get(b"content-length", b"0")
        declared = int(length[:18]) if length.isdigit() else 0
        if not declared and b"transfer-encoding" not in headers:
            await self._pages(scope, receive, send)
            return
        caller = network_of(client_address(_request(scope)) or "")
        place = BodyPlace(self._small, self._large, caller)
        arrival = BodyArrival(scope, receive, send, declared, place)
        if arrival.is_hopeless:
            await arrival.refuse_size()
            return
        try:
            if await place.take(arrival.stored_bytes):
                await self._pages(scope, arrival.receive_in_time(), send)
            else:
                await arrival.refuse_busy()
        finally:
            place.give_back()


class BodyArrival:
    """The body of one request while it arrives. Django gets `receive`."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, declared: int, place: BodyPlace) -> None:
        self._scope, self._receive, self._send = scope, receive, send
        self._limit = body_limit_of(scope["path"])
        self._declared = declared
        self._place = place
        self._arrived = 0
        self._began = time.monotonic()
        self._complete = False

    @property
    def is_hopeless(self) -> bool:
        """Whether the body is too large by its own account, and too large to read it for the sake of a browser."""
        return self._declared > max(self._limit, DRAINED)

    @property
    def stored_bytes(self) -> int:
        """How many bytes the body will take by its own account. One over its limit is dropped while it arrives."""
        return self._declared if self._declared <= self._limit else 0

    def receive_in_time(self) -> Receive:
        """Return `receive`, with all of the time from now on: the body may have waited for its place."""
        self._began = time.monotonic()
        return self.receive

    async def receive(self) -> Scope:
        """Return the next part of the body.

        A body that is too large or too slow, or that finds no place, is answered here; Django is then told that the
        caller has gone.
        """
        if self._complete:
            return await self._receive()
        message = await self._next()
        if message is None:
            return await self._refused(HTTPStatus.REQUEST_TIMEOUT)
        if self._arrived > self._limit or self._declared > self._limit:
            return await self._drain_and_refuse(message, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        if not self._place.suits(self._arrived):
            return await self._drain_and_refuse(message, HTTPStatus.SERVICE_UNAVAILABLE)
        if message["type"] != "http.request" or not message.get("more_body"):
            self._complete = True
            self._place.body_is_complete()
        return message

    async def refuse_size(self) -> None:
        await self._refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)

    async def refuse_busy(self) -> None:
        await self._drain_and_refuse(await self._next(), HTTPStatus.SERVICE_UNAVAILABLE)

    async def _next(self) -> Scope | None:
        """Return the next message; None when the time for the bytes so far is over."""
        seconds = FIRST_SECONDS + self._arrived / BYTES_PER_SECOND - (time.monotonic() - self._began)
        try:
            message = await asyncio.wait_for(self._receive(), max(seconds, 0.001))
        except TimeoutError:
            return None
        self._arrived += len(message.get("body", b""))
        return message

    async def _drain_and_refuse(self, message: Scope | None, status: HTTPStatus) -> Scope:
        """Read and drop the rest of the body: a caller that still sends does not see an answer."""
        while message is not None and message.get("more_body") and self._arrived <= DRAINED:
            message = await self._next()
        return await self._refused(status)

    async def _refused(self, status: HTTPStatus) -> Scope:
        self._complete = True
        response = _refusal(_request(self._scope), status, self._limit)
        headers = [(name.lower().encode(), value.encode()) for name, value in response.items()]
        await self._send({"type": "http.response.start", "status": int(status), "headers": headers})
        await self._send({"type": "http.response.body", "body": response.content})
        return {"type": "http.disconnect"}


def _request(scope: Scope) -> ASGIRequest:
    """Return a request without its body, for its headers and cookies."""
    return ASGIRequest(scope, BytesIO())


def _refusal(request: ASGIRequest, status: HTTPStatus, limit: int) -> HttpResponse:
    """Return the answer: the error object for programs, a page for people. The connection is closed after it."""
    with translation.override(translation.get_language_from_request(request)):
        code, sentence = {
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE: (
                "too_large", _("The body is larger than %(limit)s bytes.") % {"limit": limit},
            ),
            HTTPStatus.REQUEST_TIMEOUT: ("timeout", _("The body of the request arrived too slowly.")),
            HTTPStatus.SERVICE_UNAVAILABLE: ("busy", _("Too much is being sent at this moment. Try again soon.")),
        }[status]  # fmt: skip
        response: HttpResponse
        if request.path.startswith(PROGRAM_PATHS):
            response = JsonResponse(Refused(code, sentence).as_json(), status=status)
        else:
            context = {"theme": theme_of(request), "here": "/", "status": int(status), "megabytes": limit / 1e6}
            response = HttpResponse(render_to_string("errors/body.html", context), status=status)
    response["Content-Length"] = str(len(response.content))
    response["Connection"] = "close"
    response["Cache-Control"] = "no-store"
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        response["Retry-After"] = "5"
    return response
