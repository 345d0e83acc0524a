"""GET /events/: change notifications as server-sent events, in an ASGI application of its own.

It runs beside Django's application, so a stream needs no middleware, session, thread or database connection. The signed
ticket says who the caller is and which topics they may subscribe to. Messages:

    id: 1234 / event: change / data: farm#12,15 person:7    the machines 12 and 15 and anything of a person changed
    event: reload                                           disconnected for too long: fetch every fragment
    event: renew                                            the ticket has expired: get a new one and reconnect
"""

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs

from live import tickets
from live.changed_topics import ChangedTopics
from live.dispatcher import Dispatcher, Subscription

KEEPALIVE = 15.0  # seconds
PER_PERSON = 30  # open streams of one person in one process: enough for many tabs
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
    """The ASGI application. A process has one, with one dispatcher."""

    def __init__(self) -> None:
        self.dispatcher = Dispatcher()
        self._open: Counter[int] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "GET":
            return await _refuse(send, 405, "Use GET for the event stream.", (b"allow", b"GET"))
        query = parse_qs(scope["query_string"].decode("latin-1"))
        try:
            ticket = tickets.read(query.get("ticket", [""])[0])
        except tickets.BadTicket:
            return await _refuse(send, 403, "The ticket is not valid or has expired.")
        if self._open[ticket.user_id] >= PER_PERSON:
            return await _refuse(send, 429, "This person has too many open streams.", (b"retry-after", b"30"))
        self._open[ticket.user_id] += 1
        try:
            last_id = dict(scope["headers"]).get(b"last-event-id", b"").decode("latin-1") or query.get("last", [""])[0]
            await self._serve(ticket, last_id, receive, send)
        finally:
            self._open -= Counter([ticket.user_id])
        return None

    async def _serve(self, ticket: tickets.Ticket, last_id: str, receive: Receive, send: Send) -> None:
        """Send messages until the ticket expires, the client disconnects or the server stops. Leave no task behind."""
        writer = asyncio.ensure_future(self._write(ticket, last_id, send))
        disconnect = asyncio.ensure_future(_disconnected(receive))
        try:
            await asyncio.wait({writer, disconnect}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (writer, disconnect):
                task.cancel()
            await asyncio.gather(writer, disconnect, return_exceptions=True)
        if not writer.cancelled() and (error := writer.exception()):
            raise error

    async def _write(self, ticket: tickets.Ticket, last_id: str, send: Send) -> None:
        async with self.dispatcher.subscribe(ticket.topics) as subscription:
            await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
            async with contextlib.aclosing(self._messages(subscription, ticket, last_id)) as messages:
                async for message in messages:
                    await send({"type": "http.response.body", "body": message.encode(), "more_body": True})
            await send({"type": "http.response.body", "body": b""})

    async def _messages(
        self, subscription: Subscription, ticket: tickets.Ticket, last_id: str
    ) -> AsyncGenerator[str, None]:
        yield f"retry: {random.randint(1500, 4000)}\n\n"  # noqa: S311 - spreads the reconnects after a restart
        if last_id:
            missed = await self._changed_since(last_id, ticket.topics)
            if missed is None:
                yield "event: reload\ndata:\n\n"
            elif missed:
                yield f"event: change\ndata: {ChangedTopics(missed)}\n\n"
        while left := tickets.seconds_left(ticket):
            pk, changed = await subscription.next(min(KEEPALIVE, left))
            if changed:
                id_line = f"id: {pk}\n" if pk else ""
                yield f"{id_line}event: change\ndata: {changed}\n\n"
            else:
                yield ": keepalive\n\n"
        yield "event: renew\ndata:\n\n"

    async def _changed_since(self, last_id: str, topics: frozenset[str]) -> list[tuple[str, str]] | None:
        if not (last_id.isascii() and last_id.isdigit() and len(last_id) < 19):
            return None
        return await self.dispatcher.changed_since(int(last_id), topics)


async def _disconnected(receive: Receive) -> None:
    """Wait until the client disconnects."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _refuse(send: Send, status: int, sentence: str, *headers: tuple[bytes, bytes]) -> None:
    plain = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store"), *headers]
    await send({"type": "http.response.start", "status": status, "headers": plain})
    await send({"type": "http.response.body", "body": sentence.encode()})
