"""An HTTP client that sends each request at its planned time (an open loop).

It does not wait for the responses of earlier requests. It uses one thread and keeps its connections open. Response
times count from the planned time, so they include the time that a request waits for a free connection or in the server.
The connections are used in turn, so that all processes of the server get requests.
"""

import asyncio
import collections
import gc
import json
import time
from collections.abc import Iterable
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from bench.support.http_calls import Response


class PlannedRequest(NamedTuple):
    """A POST request with a JSON body, or a GET request without one (None)."""

    at: float  # seconds after the first request
    path: str
    headers: dict[str, str]
    body: object = None


def send(url: str, planned: Iterable[PlannedRequest], connections: int) -> list[Response]:
    """Send the requests, and return the responses in the order of the requests.

    All `connections` are open before the first request. The garbage collector is off meanwhile: with the whole product
    loaded, one full collection stops this process for a tenth of a second, and then many requests leave at once.
    """
    gc.collect()
    gc.disable()
    try:
        return asyncio.run(_send(url, list(planned), connections))
    finally:
        gc.enable()


async def _send(url: str, planned: list[PlannedRequest], connections: int) -> list[Response]:
    parts = urlsplit(url)
    loop = asyncio.get_running_loop()
    pool = _ConnectionPool()
    for _ in range(connections):
        _, connection = await loop.create_connection(_Connection, parts.hostname, parts.port)
        pool.put(connection)
    first = time.perf_counter() + 0.2
    ready = [(first + request.at, _bytes(request, parts.netloc)) for request in planned]
    tasks = []
    for planned_at, raw in ready:
        await asyncio.sleep(max(0.0, planned_at - time.perf_counter()))
        tasks.append(asyncio.create_task(_send_one(pool, planned_at, raw)))
    responses = await asyncio.gather(*tasks)
    pool.close()
    return responses


async def _send_one(pool: "_ConnectionPool", planned_at: float, raw: bytes) -> Response:
    connection = await pool.take()
    status, body = await connection.request(raw)
    seconds = time.perf_counter() - planned_at
    if status:
        pool.put(connection)
    return Response(raw.partition(b" ")[0].decode(), status, seconds, body)


def _bytes(request: PlannedRequest, server: str) -> bytes:
    method, body = ("GET", b"") if request.body is None else ("POST", json.dumps(request.body).encode())
    headers = {"Host": server, "Content-Type": "application/json", "Content-Length": len(body), **request.headers}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"{method} {request.path} HTTP/1.1\r\n{lines}\r\n".encode() + body


class _ConnectionPool:
    """The free connections. The one that has been free for the longest time is used first.

    Requests that wait for a connection get one in the order in which they came.
    """

    def __init__(self) -> None:
        self._free: collections.deque[_Connection] = collections.deque()
        self._waiting: collections.deque[asyncio.Future[_Connection]] = collections.deque()

    async def take(self) -> "_Connection":
        if self._free:
            return self._free.popleft()
        future = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        return await future

    def put(self, connection: "_Connection") -> None:
        if self._waiting:
            self._waiting.popleft().set_result(connection)
        else:
            self._free.append(connection)

    def close(self) -> None:
        for connection in self._free:
            connection.close()


class _Connection(asyncio.Protocol):
    """One connection with at most one open request."""

    _response: asyncio.Future[tuple[int, Any]]

    def connection_made(self, transport: Any) -> None:
        self._transport, self._received = transport, b""

    def request(self, raw: bytes) -> asyncio.Future[tuple[int, Any]]:
        """Send the bytes.

        The future gets (status, text of the body), or (0, None) when the connection is broken.
        """
        self._response = asyncio.get_running_loop().create_future()
        if self._transport.is_closing():
            self._response.set_result((0, None))
        else:
            self._transport.write(raw)
        return self._response

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0] or 0)
        if end and len(body) >= length:
            self._received = b""
            self._response.set_result((int(head.split(b" ", 2)[1]), body.decode(errors="replace")))

    def connection_lost(self, error: Exception | None) -> None:
        if hasattr(self, "_response") and not self._response.done():
            self._response.set_result((0, None))

    def close(self) -> None:
        self._transport.close()
