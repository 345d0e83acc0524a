"""The event stream as an ASGI application, with the real table.

config/tests/test_stream_served.py tests it in a real server.
"""

import asyncio

import pytest
import time_machine
from asgiref.sync import sync_to_async
from django.db import connection

from live import tickets
from live.models import Change
from live.tests.asgi_client import Client, publish_in_thread, run

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("poll_often")]


def test_a_change_is_sent_to_the_streams_of_its_topic():
    async def scenario(app):
        farm, course = Client(app), Client(app, tickets.issue(2, ["course:1", "person:2"]))
        headers = await farm.opened()
        await course.opened()
        assert headers[b"content-type"].startswith(b"text/event-stream")
        assert headers[b"x-accel-buffering"] == b"no"
        assert b"no-transform" in headers[b"cache-control"]

        await publish_in_thread("farm")
        await publish_in_thread("course:1", "person:2")

        assert (await farm.message()).endswith("event: change\ndata: farm\n\n")
        assert (await course.message()).endswith("event: change\ndata: course:1 person:2\n\n")
        assert farm.sent.empty()
        await farm.disconnect()
        await course.disconnect()

    run(scenario)


def test_a_smaller_id_that_appears_later_is_sent_and_nothing_twice():
    async def scenario(app):
        client = Client(app, tickets.issue(1, ["farm", "course:1"]))
        await client.opened()
        insert = sync_to_async(_insert, thread_sensitive=False)
        await insert(5010, "farm")
        assert await client.message() == "id: 5010\nevent: change\ndata: farm\n\n"
        await insert(5009, "course:1")
        assert await client.message() == "id: 5010\nevent: change\ndata: course:1\n\n"
        await asyncio.sleep(0.2)  # four polls, with both rows still in the window
        assert client.sent.empty()
        await client.disconnect()

    run(scenario)


def _insert(pk, topic):
    from django.utils import timezone

    try:
        Change.objects.create(pk=pk, topic=topic, at=timezone.now())
    finally:
        connection.close()


def test_a_reconnected_client_gets_the_missed_changes():
    async def scenario(app):
        await publish_in_thread("farm")
        first = await sync_to_async(_last, thread_sensitive=False)()
        await publish_in_thread("farm")
        client = Client(app, last=str(first))
        await client.opened()
        assert await client.message() == "event: change\ndata: farm\n\n"
        await client.disconnect()

    run(scenario)


def _last():
    try:
        return Change.objects.latest("id").pk
    finally:
        connection.close()


@pytest.mark.parametrize("last", ["1", "no-number", "9" * 30])
def test_a_client_that_was_disconnected_for_too_long_must_reload(last):
    async def scenario(app):
        for client in (Client(app, last=last), Client(app, last=last)):
            await client.opened()
            assert await client.message() == "event: reload\ndata:\n\n"
            await client.disconnect()

    run(scenario)


def test_a_quiet_stream_sends_keepalive_comments(monkeypatch):
    monkeypatch.setattr("live.stream.KEEPALIVE", 0.05)

    async def scenario(app):
        client = Client(app)
        await client.opened()
        assert await client.message() == ": keepalive\n\n"
        await client.disconnect()

    run(scenario)


def test_an_expired_ticket_ends_the_stream_with_a_renew_message(monkeypatch):
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


def test_the_number_of_streams_of_a_person_is_limited(monkeypatch):
    monkeypatch.setattr("live.stream.PER_PERSON", 2)

    async def scenario(app):
        clients = [Client(app), Client(app)]
        for client in clients:
            await client.opened()
        assert (await Client(app).next())["status"] == 429
        other = Client(app, tickets.issue(2, ["farm"]))
        await other.opened()
        await clients[0].disconnect()
        again = Client(app)
        await again.opened()
        for client in (clients[1], other, again):
            await client.disconnect()

    run(scenario)
