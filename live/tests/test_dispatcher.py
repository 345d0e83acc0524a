"""The dispatcher starts and stops with the streams, survives errors, and leaves no thread behind."""

import asyncio

import pytest

from live import dispatcher
from live.tests.asgi_client import Client, publish_in_thread, run

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("poll_often")]


def test_the_dispatcher_stops_with_the_last_stream_and_starts_with_the_next():
    async def scenario(app):
        for _ in range(2):
            client = Client(app)
            await client.opened()
            assert app.dispatcher._thread is not None
            await publish_in_thread("farm")
            assert "data: farm" in await client.message()
            await client.disconnect()
            assert app.dispatcher._thread is None
            assert app.dispatcher._tasks == []

    run(scenario)


def test_streams_that_the_server_cancels_leave_no_thread():
    async def scenario(app):
        clients = [Client(app) for _ in range(5)]
        for client in clients:
            await client.opened()
        for client in clients:
            client.task.cancel()
        await asyncio.gather(*(client.task for client in clients), return_exceptions=True)
        await asyncio.sleep(0.1)
        assert app.dispatcher._thread is None

    run(scenario)


def test_the_dispatcher_continues_after_an_error_of_the_database(monkeypatch):
    async def scenario(app):
        client = Client(app)
        await client.opened()
        real = dispatcher.ChangePoller.poll

        def failing(poller):
            monkeypatch.setattr(dispatcher.ChangePoller, "poll", real)
            raise RuntimeError("the database went away")

        monkeypatch.setattr(dispatcher.ChangePoller, "poll", failing)
        await asyncio.sleep(0.15)
        await publish_in_thread("farm")
        assert "data: farm" in await client.message()
        await client.disconnect()

    run(scenario)


def test_disconnecting_while_the_broker_client_connects_leaves_no_thread(broker):
    """Redis' client swallows a cancellation while it connects, so many moments of a connection are tried."""

    async def scenario(app):
        for moment in range(40):
            async with app.dispatcher.subscribe(["farm"]):
                await asyncio.sleep(moment * 0.0002)

    run(scenario)
