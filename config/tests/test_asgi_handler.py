"""A request costs few changes between the event loop and its thread, and few requests are worked on at once."""

import asyncio
import threading
import time

import pytest
from asgiref.sync import SyncToAsync
from django.db import connection, connections
from django.http import HttpResponse

from config import asgi_handler
from config.asgi_handler import OneCallHandler

pytestmark = pytest.mark.django_db(transaction=True)
SCOPE = {
    "type": "http", "method": "GET", "path": "/livez", "query_string": b"", "headers": [(b"host", b"localhost")],
    "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80),
}  # fmt: skip


async def call(handler, left=None):
    """Send one request to the handler, and return the status of its answer, or None.

    left: the event at which the caller leaves.
    """
    parts, sent = [{"type": "http.request", "body": b"", "more_body": False}], []

    async def receive():
        if parts:
            return parts.pop()
        await (left or asyncio.Event()).wait()
        return {"type": "http.disconnect"}

    async def send(message):
        sent.append(message)

    await handler(SCOPE, receive, send)
    return sent[0]["status"] if sent else None


class SlowHandler(OneCallHandler):
    """Counts the requests that it works on."""

    def __init__(self):
        super().__init__()
        self.calls = self.running = self.most = 0
        self.lock = threading.Lock()

    def get_response(self, request):
        with self.lock:
            self.calls += 1
            self.running += 1
            self.most = max(self.most, self.running)
        time.sleep(0.05)
        with self.lock:
            self.running -= 1
        return HttpResponse()


def test_all_middleware_and_the_view_are_one_call_in_the_thread(monkeypatch):
    calls = []
    original = SyncToAsync.__call__

    async def counted(self, *arguments, **values):
        calls.append(self.func)
        return await original(self, *arguments, **values)

    monkeypatch.setattr(SyncToAsync, "__call__", counted)
    assert asyncio.run(call(OneCallHandler())) == 200
    assert not calls  # each would be a change between loop and thread


def test_one_request_after_another_uses_the_same_thread_and_its_connection(monkeypatch):
    used = []

    class Handler(OneCallHandler):
        def get_response(self, request):
            connection.ensure_connection()
            used.append((threading.get_ident(), connection.connection))
            return HttpResponse()

    async def several():
        handler = Handler()
        return [await call(handler) for _ in range(20)]

    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 60)
    assert asyncio.run(several()) == [200] * 20
    assert len(set(used)) < 10, "a thread that has just answered may not be free yet, so there may be some"


def test_a_response_is_closed_in_the_thread_that_made_it():
    closed = []

    class Handler(OneCallHandler):
        def get_response(self, request):
            response = HttpResponse()
            response._resource_closers.append(lambda: closed.append((made, threading.get_ident())))
            made = threading.get_ident()
            return response

    assert asyncio.run(call(Handler())) == 200
    assert closed
    assert closed[0][0] == closed[0][1] != threading.get_ident()


def test_of_many_requests_at_once_few_are_worked_on(monkeypatch):
    monkeypatch.setattr(asgi_handler, "AT_ONCE", 5)
    handler = SlowHandler()

    async def many():
        return await asyncio.gather(*(call(handler) for _ in range(20)))

    assert asyncio.run(many()) == [200] * 20
    assert handler.most == 5


def test_a_request_whose_caller_left_while_it_waited_is_dropped(monkeypatch):
    monkeypatch.setattr(asgi_handler, "AT_ONCE", 1)
    handler, left = SlowHandler(), asyncio.Event()

    async def leave():
        first = asyncio.create_task(call(handler))
        others = [asyncio.create_task(call(handler, left)) for _ in range(10)]
        await asyncio.sleep(0.02)
        left.set()
        return await first, await asyncio.gather(*others)

    assert asyncio.run(leave()) == (200, [None] * 10)
    assert handler.calls == 1
