"""The stream as an ASGI application, against the real table. A real server is in config/tests/test_stream_served.py."""

import asyncio
import threading
from urllib.parse import urlencode

import pytest
import time_machine
from asgiref.sync import sync_to_async
from django.db import connection

from live import reader, tickets
from live.models import Change
from live.publish import publish
from live.stream import EventStream

pytestmark = pytest.mark.django_db(transaction=True)


class Client:
    """One browser's connection to the application."""

    def __init__(self, app, ticket=None, *, method="GET", last="", **query):
        self.sent = asyncio.Queue()
        self.left = asyncio.Event()
        scope = {
            "type": "http",
            "method": method,
            "path": "/events/",
            "query_string": urlencode({"ticket": ticket or tickets.issue(1, ["farm"]), **query}).encode(),
            "headers": [(b"last-event-id", last.encode())] if last else [],
        }
        self.task = asyncio.create_task(app(scope, self.receive, self.sent.put))

    async def receive(self):
        await self.left.wait()
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

    async def leave(self):
        self.left.set()
        await asyncio.wait_for(self.task, 5)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Without a broker the look every 5 s is what finds a change: here it looks more often."""
    monkeypatch.setattr(reader, "LOOK_EVERY", 0.05)


def run(scenario):
    """Run it, and see that it leaves no thread (hence no connection) behind."""
    asyncio.run(asyncio.wait_for(scenario(EventStream()), 20))
    for thread in threading.enumerate():
        if thread.name.startswith("live"):
            thread.join(5)
            assert not thread.is_alive()


async def change(*topics):
    def work():
        try:
            publish(*topics)
        finally:
            connection.close()

    await sync_to_async(work, thread_sensitive=False)()


def test_a_change_is_told_to_those_who_listen_to_its_topic():
    async def scenario(app):
        farm, course = Client(app), Client(app, tickets.issue(2, ["course:1", "person:2"]))
        headers = await farm.opened()
        await course.opened()
        assert headers[b"content-type"].startswith(b"text/event-stream")
        assert headers[b"x-accel-buffering"] == b"no"
        assert b"no-transform" in headers[b"cache-control"]

        await change("farm")
        await change("course:1", "person:2")

        assert (await farm.message()).endswith("event: change\ndata: farm\n\n")
        assert (await course.message()).endswith("event: change\ndata: course:1 person:2\n\n")
        assert farm.sent.empty()
        await farm.leave()
        await course.leave()

    run(scenario)


def test_a_smaller_id_that_appears_later_is_told_and_nothing_twice():
    async def scenario(app):
        client = Client(app, tickets.issue(1, ["farm", "course:1"]))
        await client.opened()
        insert = sync_to_async(_insert, thread_sensitive=False)
        await insert(5010, "farm")
        assert await client.message() == "id: 5010\nevent: change\ndata: farm\n\n"
        await insert(5009, "course:1")
        assert await client.message() == "id: 5010\nevent: change\ndata: course:1\n\n"
        await asyncio.sleep(0.2)  # four looks: the window holds both rows still
        assert client.sent.empty()
        await client.leave()

    run(scenario)


def _insert(pk, topic):
    from django.utils import timezone

    try:
        Change.objects.create(pk=pk, topic=topic, at=timezone.now())
    finally:
        connection.close()


def test_who_comes_back_is_told_what_was_missed():
    async def scenario(app):
        await change("farm")
        first = await sync_to_async(_last, thread_sensitive=False)()
        await change("farm")
        client = Client(app, last=str(first))
        await client.opened()
        assert await client.message() == "event: change\ndata: farm\n\n"
        await client.leave()

    run(scenario)


def _last():
    try:
        return Change.objects.latest("id").pk
    finally:
        connection.close()


@pytest.mark.parametrize("last", ["1", "no-number", "9" * 30])
def test_who_comes_back_after_too_long_is_told_to_reload(last):
    async def scenario(app):
        for client in (Client(app, last=last), Client(app, last=last)):
            await client.opened()
            assert await client.message() == "event: reload\ndata:\n\n"
            await client.leave()

    run(scenario)


def test_silence_is_kept_alive(monkeypatch):
    monkeypatch.setattr("live.stream.KEEPALIVE", 0.05)

    async def scenario(app):
        client = Client(app)
        await client.opened()
        assert await client.message() == ": keepalive\n\n"
        await client.leave()

    run(scenario)


def test_a_ticket_that_runs_out_ends_the_stream_with_a_request_to_renew(monkeypatch):
    async def scenario(app):
        monkeypatch.setattr(tickets, "LIFETIME", 1)
        client = Client(app)
        await client.opened()
        while (message := await client.message()) == ": keepalive\n\n":
            pass
        assert message == "event: renew\ndata:\n\n"
        assert await client.next() == {"type": "http.response.body", "body": b""}
        await asyncio.wait_for(client.task, 5)

    run(scenario)


def test_a_forged_or_expired_ticket_is_refused():
    with time_machine.travel("2020-01-01"):
        old = tickets.issue(1, ["farm"])

    async def scenario(app):
        for ticket in ("forged", old):
            client = Client(app, ticket)
            assert (await client.next())["status"] == 403
            await client.task

    run(scenario)


def test_other_methods_are_refused():
    async def scenario(app):
        client = Client(app, method="POST")
        assert (await client.next())["status"] == 405
        await client.task

    run(scenario)


def test_one_person_cannot_take_all_streams(monkeypatch):
    monkeypatch.setattr("live.stream.PER_PERSON", 2)

    async def scenario(app):
        clients = [Client(app), Client(app)]
        for client in clients:
            await client.opened()
        assert (await Client(app).next())["status"] == 429
        other = Client(app, tickets.issue(2, ["farm"]))
        await other.opened()
        await clients[0].leave()
        again = Client(app)
        await again.opened()
        for client in (clients[1], other, again):
            await client.leave()

    run(scenario)


def test_the_reader_rests_when_the_last_stream_is_gone_and_wakes_for_the_next():
    async def scenario(app):
        for _ in range(2):
            client = Client(app)
            await client.opened()
            assert app.reader._thread is not None
            await change("farm")
            assert "data: farm" in await client.message()
            await client.leave()
            assert app.reader._thread is None
            assert app.reader._tasks == []

    run(scenario)


def test_a_stream_that_the_server_cancels_leaves_nothing():
    async def scenario(app):
        clients = [Client(app) for _ in range(5)]
        for client in clients:
            await client.opened()
        for client in clients:
            client.task.cancel()
        await asyncio.gather(*(client.task for client in clients), return_exceptions=True)
        await asyncio.sleep(0.1)
        assert app.reader._thread is None

    run(scenario)


def test_the_reader_outlives_a_database_that_fails(monkeypatch):
    async def scenario(app):
        client = Client(app)
        await client.opened()
        real = reader.Look.new

        def failing(look):
            monkeypatch.setattr(reader.Look, "new", real)
            raise RuntimeError("the database went away")

        monkeypatch.setattr(reader.Look, "new", failing)
        await asyncio.sleep(0.15)
        await change("farm")
        assert "data: farm" in await client.message()
        await client.leave()

    run(scenario)


def test_leaving_while_the_broker_is_being_reached_leaves_nothing(broker):
    """Redis' client swallows a cancellation that meets it connecting: each moment of the connection is tried."""

    async def scenario(app):
        for moment in range(40):
            async with app.reader.subscribe(["farm"]):
                await asyncio.sleep(moment * 0.0002)

    run(scenario)
