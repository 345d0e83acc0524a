"""Many open pages of one live server (uvicorn): when they receive a change, and what it costs the server."""

import asyncio
import contextlib
import os
import statistics
import sys
import time
from collections.abc import Iterator

from bench.support import instance
from kernel.testing import child_processes
from kernel.testing.ports import free_port

CHANGES = 8


@contextlib.contextmanager
def live_server(atelier: instance.Atelier) -> Iterator[instance.Server]:
    """Start the server of docker-compose.yml that sends changes, and yield it."""
    from kernel.testing.site_server import wait_for

    port = free_port()
    log, url = atelier.home / "live.log", f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "uvicorn", "config.asgi:application", "--port", str(port)]
    command += ["--lifespan", "off", "--no-access-log", "--timeout-graceful-shutdown", "1"]
    with log.open("wb") as out:
        environment = os.environ | atelier.variables
        process = child_processes.start(command, cwd=instance.ROOT, env=environment, stdout=out, stderr=out)
    try:
        wait_for(f"{url}/livez", process, log)
        yield instance.Server(url, log, process.pid)
    finally:
        process.terminate()
        process.wait(20)


async def measure(server: instance.Server, count: int) -> tuple[float, float]:
    """Open `count` pages and publish changes.

    Returns two medians in milliseconds: until the last page has a change, and the CPU of the server for it.
    """
    from live import tickets
    from live.tests.listener import Listener

    pages = [await Listener.open(server.url, tickets.issue(person, ["farm"])) for person in range(count)]
    await asyncio.sleep(0.5)
    await _publish(pages)
    cpu, delays = server.cpu_seconds(), []
    for _ in range(CHANGES):
        delays.append(await _publish(pages))
        await asyncio.sleep(0.1)
    used = (server.cpu_seconds() - cpu) * 1000 / CHANGES
    for page in pages:
        await page.close()
    return statistics.median(delays), max(used, 0.1)


async def _publish(pages: list) -> float:
    """Publish a change, and return the milliseconds until the last page has received it."""
    began = time.monotonic()
    await asyncio.to_thread(_publish_change)
    messages = await asyncio.wait_for(asyncio.gather(*(page.next() for page in pages)), 30)
    return (max(message.at for message in messages) - began) * 1000


def _publish_change() -> None:
    from django.db import connection

    from live.publish import publish

    publish("farm")
    connection.close()
