"""People who open pages and think in between (a closed loop), in one thread of asyncio.

Each person has a connection of their own, as a browser does, and sends the next request only after the response to the
last one and some seconds of thinking. Only the standard library is used, so that the crowd takes little of the machine
that it measures.
"""

import asyncio
import gc
import random
import time
from collections.abc import Iterator, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

THINKING = (5.0, 15.0)  # seconds, evenly distributed
PATIENCE = 10.0  # seconds after the end; what has not been answered then counts as failed


class Action(NamedTuple):
    """A request: a short name for the tables, and its bytes without the Host header."""

    kind: str
    method: str
    path: str
    headers: dict[str, str]
    body: bytes = b""


class Answer(NamedTuple):
    """A response, or none: then the status is 0. `size` is the length of its body in bytes."""

    kind: str
    status: int
    seconds: float
    size: int


def watch(url: str, people: Sequence[Iterator[Action]], seconds: float, ramp: float) -> list[Answer]:
    """Let the people work for `seconds`, and return the answers to what was sent after `ramp` seconds.

    They come one after the other within the time of thinking, evenly.
    """
    gc.collect()
    gc.disable()
    try:
        return asyncio.run(_watch(url, people, seconds, ramp))
    finally:
        gc.enable()


def once(url: str, actions: Sequence[Action]) -> list[Answer]:
    """Send these requests one after the other over one connection, without thinking."""

    async def send_all() -> list[Answer]:
        address, answers = urlsplit(url), list[Answer]()
        streams = await asyncio.open_connection(address.hostname, address.port)
        for action in actions:
            sent = time.perf_counter()
            status, size, _ = await _request(*streams, address.netloc, action)
            answers.append(Answer(action.kind, status, time.perf_counter() - sent, size))
        streams[1].close()
        return answers

    return asyncio.run(send_all())


async def _watch(url: str, people: Sequence[Iterator[Action]], seconds: float, ramp: float) -> list[Answer]:
    began, answers = time.perf_counter(), list[Answer]()
    tasks = [
        asyncio.create_task(_person(url, person, began + ramp, began + seconds, answers, random.Random(number)))
        for number, person in enumerate(people)
    ]
    _, late = await asyncio.wait(tasks, timeout=seconds + PATIENCE)
    for task in late:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return answers


async def _person(
    url: str, actions: Iterator[Action], counted: float, end: float, answers: list[Answer], rng: random.Random
) -> None:
    await asyncio.sleep(rng.uniform(0, THINKING[1]))
    address, streams = urlsplit(url), None
    for action in actions:
        sent = time.perf_counter()
        if sent >= end:
            break
        status = size = 0
        try:
            streams = streams or await asyncio.open_connection(address.hostname, address.port)
            status, size, stays = await _request(*streams, address.netloc, action)
            streams = streams if stays else None
        except (OSError, asyncio.IncompleteReadError, ValueError):
            streams = None
        finally:
            if sent >= counted:
                answers.append(Answer(action.kind, status, time.perf_counter() - sent, size))
        await asyncio.sleep(rng.uniform(*THINKING))
    if streams:
        streams[1].close()


async def _request(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, action: Action
) -> tuple[int, int, bool]:
    """Return the status, the length of the body, and whether the connection stays open."""
    headers = {"Host": host, "Content-Length": str(len(action.body)), **action.headers}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    writer.write(f"{action.method} {action.path} HTTP/1.1\r\n{lines}\r\n".encode() + action.body)
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0] or 0)
    await reader.readexactly(length)
    return int(head.split(b" ", 2)[1]), length, b"connection: close" not in head
