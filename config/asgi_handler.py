"""Django's ASGI handler, with all work on a request in one call, in one of a bounded number of lasting threads."""

import asyncio
import contextvars
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

from asgiref.sync import sync_to_async
from django.core import signals
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import set_script_prefix

# Requests that are worked on at once, each in a thread with a connection to the database. There are more threads than
# callers that may wait in accounts/password_hashing.py, so that these cannot use all of them.
AT_ONCE = 120

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]


class OneCallHandler(ASGIHandler):
    """Runs the signals, the middleware and the view of a request in one call, as under WSGI.

    Django runs each middleware in the event loop, and from there twice in a thread that it starts for the request.
    These changes between loop and thread take more CPU than a refused hook, so that a flood of small requests would
    delay everybody. Our threads last longer than a request and keep their connection to the database.

    A request waits in the event loop while AT_ONCE others are worked on. When its caller leaves, it is dropped.
    """

    def __init__(self) -> None:
        super().__init__()
        self._places = asyncio.Semaphore(AT_ONCE)
        self._threads = ThreadPoolExecutor(AT_ONCE, "request")

    def load_middleware(self, is_async: bool = False) -> None:
        super().load_middleware(is_async=False)

    async def handle(self, scope: Any, receive: Receive, send: Send) -> None:
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        with body:
            request, refusal = self.create_request(scope, body)
            if refusal is not None:
                await self.send_response(refusal, send)
                return
            answer = asyncio.create_task(self._answer(cast(HttpRequest, request), scope, send))
            leaving = asyncio.create_task(self.listen_for_disconnect(receive))
            await asyncio.wait((answer, leaving), return_when=asyncio.FIRST_COMPLETED)
            for task in (answer, leaving):
                task.cancel()  # does nothing to one that has ended
            await asyncio.gather(answer, leaving, return_exceptions=True)
            if not answer.cancelled():
                answer.result()

    async def _answer(self, request: HttpRequest, scope: Any, send: Send) -> None:
        respond = contextvars.copy_context().run  # what the middleware activates ends with this request
        async with self._places:
            loop = asyncio.get_running_loop()
            response = await loop.run_in_executor(self._threads, respond, self._respond, request, scope)
        await self.send_response(response, send)
        if response.streaming:
            await sync_to_async(response.close)()

    def _respond(self, request: HttpRequest, scope: Any) -> HttpResponseBase:
        """Return the response, closed if all of it is in memory. Closing it sends the signal `request_finished`."""
        set_script_prefix(get_script_prefix(scope))
        signals.request_started.send(sender=type(self), scope=scope)
        response: HttpResponseBase = self.get_response(request)
        response._handler_class = type(self)  # type: ignore[attr-defined]
        if not response.streaming:
            response.close()
        return response
