"""Limits the headers of requests while they arrive: `manage.py up` has no proxy in front.

uvicorn waits for the rest of half-sent headers for ever. It takes another class for its connections, `--http`: this
one is uvicorn's own, with a time, a size, and a number of connections that have not sent their headers completely.
When there are too many, the oldest is closed and not the newest: a browser sends its headers in a moment, so whoever
sends half of them closes only connections of the same kind. A busy server is late to read what has arrived: nobody is
closed for that in the first seconds.
"""

import asyncio
from collections import Counter
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from kernel.web.client_address import network_of

SECONDS = 15.0  # from the first byte, or from the connection, until the headers are complete
HEADER_BYTES = 64_000
PATIENCE = 3.0  # seconds in which no connection is closed because its address has too many
PER_CALLER = 100  # connections of one address whose headers are not complete
AT_ONCE = 2_000  # the same for all addresses
TOO_SLOW = b"408 Request Timeout"
TOO_LARGE = b"431 Request Header Fields Too Large"
TOO_MANY = b"503 Service Unavailable\r\nretry-after: 5"


class OpenHeaders:
    """The connections of this process whose headers are not complete, the oldest first."""

    def __init__(self) -> None:
        self._connections: dict[LimitedHeaders, str] = {}  # with the address of each
        self._per_caller: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._connections)

    def add(self, connection: "LimitedHeaders", caller: str) -> None:
        """Add a connection. Where that makes too many, close the oldest: of its address after PATIENCE, or of all."""
        self._connections[connection] = caller
        self._per_caller[caller] += 1
        while caller and self._per_caller[caller] > PER_CALLER:
            oldest = next(one for one, address in self._connections.items() if address == caller)
            if oldest.waiting_seconds() < PATIENCE:
                break
            oldest.refuse(TOO_MANY)
        if len(self._connections) > AT_ONCE:
            next(iter(self._connections)).refuse(TOO_MANY)

    def remove(self, connection: "LimitedHeaders") -> None:
        caller = self._connections.pop(connection, None)
        if caller is not None:
            self._per_caller -= Counter([caller])


open_headers = OpenHeaders()


class LimitedHeaders(HttpToolsProtocol):
    """One connection. Its time runs while it waits for headers, and not between two requests: uvicorn limits that."""

    _timer: asyncio.TimerHandle | None = None
    _began = 0.0  # on the clock of the loop
    _header_bytes = 0

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._start()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        timer = self._timer
        super().data_received(data)
        if self.transport.is_closing() or self not in self.connections:  # such as a WebSocket, which has another class
            return
        if self._is_between_requests():  # also for bytes that begin no request, such as empty lines
            self._start()
        if self._timer:
            # Where headers begin in these bytes is not known.
            self._header_bytes += len(data) if self._timer is timer else 1
            if self._header_bytes > HEADER_BYTES:
                self.refuse(TOO_LARGE)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._start()

    def on_headers_complete(self) -> None:
        self._stop()
        super().on_headers_complete()

    def refuse(self, status: bytes) -> None:
        """Answer with this status, unless nothing was asked or another answer is being sent. Close the connection."""
        self._stop()
        if self._header_bytes and self._is_between_requests():
            self.transport.write(b"HTTP/1.1 " + status + b"\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        self.transport.close()

    def waiting_seconds(self) -> float:
        """Return for how long the headers have been incomplete."""
        return self.loop.time() - self._began

    def _is_between_requests(self) -> bool:
        """Whether no request of this connection is being answered."""
        return self.cycle is None or self.cycle.response_complete

    def _start(self) -> None:
        if self._timer is None:
            self._header_bytes, self._began = 0, self.loop.time()
            self._timer = self.loop.call_later(SECONDS, self._time_is_over)
            open_headers.add(self, network_of(self.client[0]) if self.client else "")

    def _stop(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None
            open_headers.remove(self)

    def _time_is_over(self) -> None:
        if self._is_between_requests():
            self.refuse(TOO_SLOW)
        else:  # headers after a request that is still being answered: they may wait as long as it takes
            self._timer = self.loop.call_later(SECONDS, self._time_is_over)
