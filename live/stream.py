"""GET /events/: the changes as server-sent events, as an ASGI application of its own.

It stands beside Django's, not inside: no middleware, no session, no thread and no database connection per stream.
What it needs to know of the caller is in the signed ticket. Messages:

    id: 1234 / event: change / data: farm course:3      these topics changed: fetch what shows them again
    event: reload                                       too long away: fetch everything again
    event: renew                                        the ticket is over: get a new one and come back
"""

import asyncio
import contextlib
import random
import time
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs

from live import tickets
from live.reader import Reader

KEEPALIVE = 15.0  # seconds
PER_PERSON = 30  # streams of one person in one process: many tabs, not a flood
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Scope]]
Send = Callable[[Scope], Awaitable[None]]
HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store, no-transform"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
]


class EventStream:
    """The application: one per process, with the one reader."""

    def __init__(self) -> None:
        self.reader = Reader()
        self._open: Counter[int] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "GET":
            return await _refuse(send, 405, "The event stream is read with GET.", (b"allow", b"GET"))
        query = parse_qs(scope["query_string"].decode("latin-1"))
        try:
            ticket = tickets.read(query.get("ticket", [""])[0])
        except tickets.BadTicket:
            return await _refuse(send, 403, "The ticket is not valid, or not any more.")
        if self._open[ticket.user_id] >= PER_PERSON:
            return await _refuse(send, 429, "Too many streams are open for this person.", (b"retry-after", b"30"))
        self._open[ticket.user_id] += 1
        try:
            last_id = dict(scope["headers"]).get(b"last-event-id", b"").decode("latin-1") or query.get("last", [""])[0]
            await self._serve(ticket, last_id, receive, send)
        finally:
            self._open -= Counter([ticket.user_id])
        return None

    async def _serve(self, ticket: tickets.Ticket, last_id: str, receive: Receive, send: Send) -> None:
        """Write until the ticket is over, the client has gone or the server stops; leave nothing behind."""
        writer = asyncio.ensure_future(self._write(ticket, last_id, send))
        gone = asyncio.ensure_future(_gone(receive))
        try:
            await asyncio.wait({writer, gone}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (writer, gone):
                task.cancel()
            await asyncio.gather(writer, gone, return_exceptions=True)
        if not writer.cancelled() and (error := writer.exception()):
            raise error

    async def _write(self, ticket: tickets.Ticket, last_id: str, send: Send) -> None:
        async with self.reader.subscribe(ticket.topics) as subscription:
            await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
            async with contextlib.aclosing(self._messages(subscription, ticket, last_id)) as messages:
                async for message in messages:
                    await send({"type": "http.response.body", "body": message.encode(), "more_body": True})
            await send({"type": "http.response.body", "body": b""})

    async def _messages(self, subscription: Any, ticket: tickets.Ticket, last_id: str) -> AsyncGenerator[str, None]:
        yield f"retry: {random.randint(1500, 4000)}\n\n"  # noqa: S311 - spreads the return after a restart
        if last_id:
            topics = await self._missed(last_id, ticket.topics)
            if topics is None:
                yield "event: reload\ndata:\n\n"
            elif topics:
                yield f"event: change\ndata: {' '.join(sorted(topics))}\n\n"
        while (left := ticket.until - time.time()) > 0:
            pk, changed = await subscription.next(min(KEEPALIVE, left))
            if changed:
                number = f"id: {pk}\n" if pk else ""
                yield f"{number}event: change\ndata: {' '.join(changed)}\n\n"
            else:
                yield ": keepalive\n\n"
        yield "event: renew\ndata:\n\n"

    async def _missed(self, last_id: str, topics: frozenset[str]) -> set[str] | None:
        if not (last_id.isascii() and last_id.isdigit() and len(last_id) < 19):
            return None
        return await self.reader.missed(int(last_id), topics)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _refuse(send: Send, status: int, sentence: str, *headers: tuple[bytes, bytes]) -> None:
    plain = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store"), *headers]
    await send({"type": "http.response.start", "status": status, "headers": plain})
    await send({"type": "http.response.body", "body": sentence.encode()})
