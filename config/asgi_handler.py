"""Django's ASGI handler, with all middleware and the view of a request in one call, and a bounded number of calls."""

import asyncio

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpRequest
from django.http.response import HttpResponseBase

# Requests that are worked on at once, each in a thread of its own with a connection to the database. More than there
# are callers in the pool of accounts/password_hashing.py, so that those cannot hold all threads.
AT_ONCE = 120


class OneCallHandler(ASGIHandler):
    """Runs the middleware and the view of a request in one thread and one call, as under WSGI.

    Django would run each of our middlewares in the event loop, and from there twice in the request's thread. These
    changes between loop and thread took 4 ms of CPU for each request, ten times the work of a refused hook, so a flood
    of small requests held up everybody.

    A request waits in the event loop while AT_ONCE others are worked on. When its caller leaves, it is dropped.
    """

    def __init__(self) -> None:
        super().__init__()
        self._places = asyncio.Semaphore(AT_ONCE)

    def load_middleware(self, is_async: bool = False) -> None:
        super().load_middleware(is_async=False)

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        async with self._places:
            response: HttpResponseBase = await sync_to_async(self.get_response)(request)
        return response
