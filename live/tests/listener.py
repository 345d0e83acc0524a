"""A small client for server-sent events, like EventSource in a browser, for tests and benchmarks (asyncio)."""

import asyncio
import time
from dataclasses import dataclass
from urllib.parse import quote, urlsplit


@dataclass(frozen=True)
class Message:
    """One server-sent event."""

    event: str
    data: str
    id: str
    at: float  # time.monotonic() of its arrival


class Listener:
    """One connection: `await Listener.open(site, ticket)`, then `await listener.next()` for each message."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._rest = ""
        self.status = 0
        self.headers: dict[str, str] = {}

    @classmethod
    async def open(cls, site: str, ticket: str, *, cookie: str = "", last: str = "") -> "Listener":
        parts = urlsplit(site)
        listener = cls(*await asyncio.open_connection(parts.hostname, parts.port))
        lines = [
            f"GET /events/?ticket={quote(ticket, safe='')} HTTP/1.1",
            f"Host: {parts.netloc}",
            "Accept: text/event-stream",
            *([f"Cookie: {cookie}"] if cookie else []),
            *([f"Last-Event-ID: {last}"] if last else []),
        ]
        listener._writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        head = (await listener._reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        listener.status = int(head[0].split()[1])
        listener.headers = {
            name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)
        }
        return listener

    async def next(self) -> Message:
        """Return the next message that is not a comment. Raises EOFError when the server has ended the stream."""
        while True:
            while "\n\n" not in self._rest:
                size = int(await self._reader.readuntil(b"\r\n"), 16)
                chunk = await self._reader.readexactly(size + 2)
                if not size:
                    raise EOFError
                self._rest += chunk[:-2].decode()
            block, _, self._rest = self._rest.partition("\n\n")
            fields = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line and line[0] != ":")
            if "event:" in block:
                return Message(fields.get("event", ""), fields.get("data", ""), fields.get("id", ""), time.monotonic())

    async def close(self) -> None:
        self._writer.close()
