"""Many event streams of one server: when they receive a change, and what it costs the server."""

import asyncio
import statistics
import time

from bench.support import instance

CHANGES = 8


async def measure(server: instance.Server, count: int) -> tuple[float, float]:
    """Open `count` streams and publish changes.

    Returns two medians in milliseconds: until the last stream has a change, and the CPU of the server for it.
    """
    from live import tickets
    from live.tests.listener import Listener

    streams = [await Listener.open(server.url, tickets.issue(person, ["farm"])) for person in range(count)]
    await asyncio.sleep(0.5)
    await _publish(streams)
    cpu, delays = server.cpu_seconds(), []
    for _ in range(CHANGES):
        delays.append(await _publish(streams))
        await asyncio.sleep(0.1)
    used = (server.cpu_seconds() - cpu) * 1000 / CHANGES
    for stream in streams:
        await stream.close()
    return statistics.median(delays), max(used, 0.1)


async def _publish(streams: list) -> float:
    """Publish a change, and return the milliseconds until the last stream has received it."""
    began = time.monotonic()
    await asyncio.to_thread(_publish_change)
    messages = await asyncio.wait_for(asyncio.gather(*(stream.next() for stream in streams)), 30)
    return (max(message.at for message in messages) - began) * 1000


def _publish_change() -> None:
    from django.db import connection

    from live.publish import publish

    publish("farm")
    connection.close()
