"""Open pages without a browser: each has an event stream, and fetches what static/js/live.js would fetch.

A page waits after a notification as long as the script does: 40 ms, and a random part of 150 ms.
"""

import asyncio
import random
import time
from urllib.parse import urlsplit

WAIT, RANDOM_WAIT = 0.040, 0.150  # seconds, as in static/js/live.js


class OpenPage:
    """A page that shows the rows of a topic."""

    def __init__(self, site: str, headers: dict[str, str], stream: object, topic: str) -> None:
        self.site, self.headers, self.stream, self.topic = site, headers, stream, topic
        self.seen_at = 0.0

    async def see_change(self, address: str) -> float:
        """Wait for the next change of the topic, fetch the address with `&since=`, and return time.monotonic()."""
        since = int(time.time())
        while True:
            message = await self.stream.next()  # type: ignore[attr-defined]
            if any(text.partition("#")[0] == self.topic for text in message.data.split()):
                break
        await asyncio.sleep(WAIT + random.random() * RANDOM_WAIT)
        status = await get(self.site, f"{address}&since={since}", self.headers)
        assert status == 200, f"{address}: {status}"
        return time.monotonic()


async def get(site: str, address: str, headers: dict[str, str]) -> int:
    """Send a GET over a new connection, read the whole answer, and return its status."""
    place = urlsplit(site)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    lines = [f"GET {address} HTTP/1.1", f"Host: {place.netloc}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
    answer = await reader.read()
    writer.close()
    return int(answer.split(b" ", 2)[1])


async def open_many(count: int, streams: str, site: str, headers: dict[str, str], topic: str) -> list[OpenPage]:
    """Open so many pages. `streams` is the URL of the process with the event streams, `site` that of the pages.

    Each stream is of another person, because the streams of one person are limited.
    """
    from live import tickets
    from live.tests.listener import Listener

    listeners = await asyncio.gather(
        *(Listener.open(streams, tickets.issue(person, [topic])) for person in range(1, count + 1))
    )
    assert {listener.status for listener in listeners} == {200}
    return [OpenPage(site, headers, listener, topic) for listener in listeners]
