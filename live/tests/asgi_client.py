"""A client of the event stream's ASGI application, without a server, for the tests in this folder."""

import asyncio
import threading
from urllib.parse import urlencode

from asgiref.sync import sync_to_async
from django.db import connection

from live import tickets
from live.publish import publish
from live.stream import EventStream


class Client:
    """The connection of one browser to the application."""

    def __init__(self, app, ticket=None, *, method="GET", last="", **query):
        self.sent = asyncio.Queue()
        self.disconnected = asyncio.Event()
        scope = {
            "type": "http",
            "method": method,
            "path": "/events/",
            "query_string": urlencode({"ticket": ticket or tickets.issue(1, ["farm"]), **query}).encode(),
            "headers": [(b"last-event-id", last.encode())] if last else [],
        }
        self.task = asyncio.create_task(app(scope, self.receive, self.sent.put))

    async def receive(self):
        await self.disconnected.wait()
        return {"type": "http.disconnect"}

    async def next(self):
        return await asyncio.wait_for(self.sent.get(), 5)

    async def message(self):
        return (await self.next())["body"].decode()

    async def opened(self):
        start = await self.next()
        assert start["status"] == 200
        assert (await self.message()).startswith("retry: ")
        return dict(start["headers"])

    async def disconnect(self):
        self.disconnected.set()
        await asyncio.wait_for(self.task, 5)


def run(scenario):
    """Run the scenario, and check that it leaves no thread (hence no database connection) behind."""
    asyncio.run(asyncio.wait_for(scenario(EventStream()), 20))
    for thread in threading.enumerate():
        if thread.name.startswith("live"):
            thread.join(5)
            assert not thread.is_alive()


async def publish_in_thread(*topics):
    def work():
        try:
            publish(*topics)
        finally:
            connection.close()

    await sync_to_async(work, thread_sensitive=False)()
