"""A request costs few changes between the event loop and its thread."""

import asyncio

import pytest
from asgiref.sync import SyncToAsync

from config.asgi_handler import OneCallHandler

pytestmark = pytest.mark.django_db(transaction=True)
SCOPE = {
    "type": "http", "method": "GET", "path": "/livez", "query_string": b"", "headers": [(b"host", b"localhost")],
    "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80),
}  # fmt: skip


def status_of(handler):
    """Send one request to the handler, and return the status of its answer."""
    parts = [{"type": "http.request", "body": b"", "more_body": False}]
    sent = []

    async def receive():
        return parts.pop() if parts else await asyncio.Event().wait()

    async def send(message):
        sent.append(message)

    asyncio.run(handler(SCOPE, receive, send))
    return sent[0]["status"]


def test_all_middleware_and_the_view_are_one_call_in_the_thread(monkeypatch):
    calls = []
    original = SyncToAsync.__call__

    async def counted(self, *arguments, **values):
        calls.append(self.func)
        return await original(self, *arguments, **values)

    monkeypatch.setattr(SyncToAsync, "__call__", counted)
    assert status_of(OneCallHandler()) == 200
    assert len(calls) <= 5  # one is the work; the others begin and end it
