"""Requests sent each at its own moment, whatever became of those before it: one thread, kept connections.

What is measured runs from the moment that was planned, so a request that had to wait for its turn, here or in the
server, is late by that too. Connections are used in turn: a server of several processes has them spread over these.
"""

import asyncio
import collections
import gc
import json
import time
from collections.abc import Iterable
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from bench.support.http_calls import Answer


class Planned(NamedTuple):
    at: float  # seconds after the first
    path: str
    headers: dict[str, str]
    body: object


def send(url: str, planned: Iterable[Planned], connections: int) -> list[Answer]:
    """POST them; the answers in their order. The connections are open before the first leaves.

    The garbage collector waits meanwhile: with a whole product loaded, one full round of it holds all that is to be
    sent back for a tenth of a second, and then sends it at once.
    """
    gc.collect()
    gc.disable()
    try:
        return asyncio.run(_send(url, list(planned), connections))
    finally:
        gc.enable()


async def _send(url: str, planned: list[Planned], connections: int) -> list[Answer]:
    parts = urlsplit(url)
    loop = asyncio.get_running_loop()
    pool = _Pool()
    for _ in range(connections):
        _, line = await loop.create_connection(_Line, parts.hostname, parts.port)
        pool.put(line)
    first = time.perf_counter() + 0.2
    ready = [(first + one.at, _bytes(one, parts.netloc)) for one in planned]
    asked = []
    for at, raw in ready:
        await asyncio.sleep(max(0.0, at - time.perf_counter()))
        asked.append(asyncio.create_task(_ask(pool, at, raw)))
    answers = await asyncio.gather(*asked)
    pool.close()
    return answers


async def _ask(pool: "_Pool", at: float, raw: bytes) -> Answer:
    line = await pool.take()
    status, body = await line.ask(raw)
    seconds = time.perf_counter() - at
    if status:
        pool.put(line)
    return Answer("POST", status, seconds, body)


def _bytes(one: Planned, server: str) -> bytes:
    body = json.dumps(one.body).encode()
    headers = {"Host": server, "Content-Type": "application/json", "Content-Length": len(body), **one.headers}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST {one.path} HTTP/1.1\r\n{lines}\r\n".encode() + body


class _Pool:
    """Free connections, the one that has rested longest first; who finds none waits in a row."""

    def __init__(self) -> None:
        self._free: collections.deque[_Line] = collections.deque()
        self._waiting: collections.deque[asyncio.Future[_Line]] = collections.deque()

    async def take(self) -> "_Line":
        if self._free:
            return self._free.popleft()
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        return await turn

    def put(self, line: "_Line") -> None:
        if self._waiting:
            self._waiting.popleft().set_result(line)
        else:
            self._free.append(line)

    def close(self) -> None:
        for line in self._free:
            line.close()


class _Line(asyncio.Protocol):
    """One connection: a request out, its answer in. A connection that broke answers 0."""

    _answer: asyncio.Future[tuple[int, Any]]

    def connection_made(self, transport: Any) -> None:
        self._transport, self._got = transport, b""

    def ask(self, raw: bytes) -> asyncio.Future[tuple[int, Any]]:
        self._answer = asyncio.get_running_loop().create_future()
        if self._transport.is_closing():
            self._answer.set_result((0, None))
        else:
            self._transport.write(raw)
        return self._answer

    def data_received(self, data: bytes) -> None:
        self._got += data
        head, end, body = self._got.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0] or 0)
        if end and len(body) >= length:
            self._got = b""
            self._answer.set_result((int(head.split(b" ", 2)[1]), body.decode(errors="replace")))

    def connection_lost(self, error: Exception | None) -> None:
        if hasattr(self, "_answer") and not self._answer.done():
            self._answer.set_result((0, None))

    def close(self) -> None:
        self._transport.close()
