"""The event stream of a real server process, with a real broker."""

import asyncio
import base64
import threading
import time
import urllib.error
import urllib.request

import pytest
from django.db import connection, transaction

from live import tickets, wake_up
from live.publish import publish
from live.tests.listener import Listener

pytestmark = [pytest.mark.processes, pytest.mark.database, pytest.mark.django_db(transaction=True)]
CLIENTS = 50


@pytest.fixture
def wake_ups(broker, monkeypatch):
    """Wake-ups go through this broker."""
    wake_up._client.cache_clear()
    monkeypatch.setattr(wake_up, "_paused_until", 0.0)
    yield
    wake_up._client.cache_clear()


def in_thread(work):
    def run():
        try:
            return work()
        finally:
            connection.close()

    return asyncio.to_thread(run)


async def open_streams(site, *topics, count=CLIENTS):
    streams = await asyncio.gather(
        *(Listener.open(site.url, tickets.issue(person, topics)) for person in range(1, count + 1))
    )
    assert {stream.status for stream in streams} == {200}
    return streams


def test_fifty_clients_get_a_change_at_once(site, wake_ups):
    async def scenario():
        streams = await open_streams(site, "farm")
        await asyncio.sleep(0.5)  # the server subscribes to the broker while it sends its first answer
        began = time.monotonic()
        await in_thread(lambda: publish("farm", "course:1"))
        messages = await asyncio.wait_for(asyncio.gather(*(stream.next() for stream in streams)), 10)
        assert {(message.event, message.data) for message in messages} == {("change", "farm")}
        assert max(message.at for message in messages) - began < 2, "woken up, not found by the poll every 5 s"
        for stream in streams:
            await stream.close()

    asyncio.run(scenario())


def test_a_change_is_sent_without_a_wake_up_too(site, wake_ups, monkeypatch):
    monkeypatch.setattr("live.publish.wake", lambda: None)

    async def scenario():
        streams = await open_streams(site, "farm", count=3)
        await in_thread(lambda: publish("farm"))
        messages = await asyncio.wait_for(asyncio.gather(*(stream.next() for stream in streams)), 10)
        assert {message.data for message in messages} == {"farm"}

    asyncio.run(scenario())


def test_a_reconnected_client_gets_the_missed_changes_or_a_reload(site, wake_ups):
    async def scenario():
        stream = await Listener.open(site.url, tickets.issue(1, ["farm"]))
        await in_thread(lambda: publish("farm"))
        last = (await asyncio.wait_for(stream.next(), 10)).id
        await stream.close()
        await in_thread(lambda: publish("farm"))
        again = await Listener.open(site.url, tickets.issue(1, ["farm"]), last=last)
        assert (await asyncio.wait_for(again.next(), 10)).data == "farm"
        lost = await Listener.open(site.url, tickets.issue(1, ["farm"]), last=str(int(last) + 1_000_000))
        assert (await asyncio.wait_for(lost.next(), 10)).event == "reload"

    asyncio.run(scenario())


def test_a_forged_ticket_is_refused(site, wake_ups):
    async def scenario():
        stream = await Listener.open(site.url, tickets.issue(1, ["farm"]) + "x")
        assert stream.status == 403

    asyncio.run(scenario())


@pytest.mark.parametrize("path", ["/", "/events/", "/farm/"])
def test_a_websocket_handshake_is_refused_without_a_traceback(site, path):
    headers = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}
    key = {"Sec-WebSocket-Key": base64.b64encode(b"0123456789abcdef").decode()}
    logged_before = len(site.log.read_text())  # by the tests of this process that used the site before
    with pytest.raises(urllib.error.HTTPError) as refusal:
        urllib.request.urlopen(urllib.request.Request(site.url + path, headers=headers | key), timeout=10)
    assert 400 <= refusal.value.code < 500
    log = site.log.read_text()[logged_before:]
    assert "Traceback" not in log, log


@pytest.mark.skipif("connection.vendor != 'mysql'", reason="SQLite has one writer at a time: ids commit in order")
def test_a_transaction_that_commits_late_is_sent(site, wake_ups):
    written, commit = threading.Event(), threading.Event()

    def slow():
        with transaction.atomic():
            publish("course:1")
            written.set()
            assert commit.wait(10)

    async def scenario():
        stream = await Listener.open(site.url, tickets.issue(1, ["farm", "course:1"]))
        late = asyncio.create_task(in_thread(slow))
        await asyncio.to_thread(written.wait, 10)
        await in_thread(lambda: publish("farm"))
        assert (await asyncio.wait_for(stream.next(), 10)).data == "farm"
        commit.set()
        await late
        assert (await asyncio.wait_for(stream.next(), 10)).data == "course:1"

    asyncio.run(scenario())
