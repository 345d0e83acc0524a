"""Headers are limited while they arrive: by time, by size, and in number."""

import asyncio
import contextlib

import pytest
from uvicorn import Config, Server

from config import header_limits
from config.header_limits import LimitedHeaders, OpenHeaders
from config.tests.body_callers import until

HALF = b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
WHOLE = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(header_limits, "SECONDS", 0.3)
    monkeypatch.setattr(header_limits, "open_headers", OpenHeaders())


async def answer(scope, receive, send):
    """Answer in half a second when the path is `/slow`, and at once otherwise."""
    if scope["path"] == "/slow":
        await asyncio.sleep(0.5)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"4")]})
    await send({"type": "http.response.body", "body": b"done"})


def with_server(scenario):
    """Run `scenario(connect)` beside a real server. `connect` opens a connection: a reader and a writer."""

    async def run():
        config = Config(answer, port=0, http=LimitedHeaders, lifespan="off", log_level="critical")
        server = Server(config)
        serving = asyncio.create_task(server.serve())
        await until(lambda: server.started)
        port = server.servers[0].sockets[0].getsockname()[1]
        writers = []

        async def connect(*parts):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writers.append(writer)
            for part in parts:
                writer.write(part)
            return reader, writer

        async with asyncio.timeout(20):
            await scenario(connect)
        for writer in writers:
            writer.close()
        server.should_exit = True
        with contextlib.suppress(asyncio.CancelledError):
            await serving

    asyncio.run(run())


def test_headers_that_stop_are_408_and_the_connection_is_closed(quick):
    async def scenario(connect):
        reader, _ = await connect(HALF)
        assert (await reader.read()).startswith(b"HTTP/1.1 408 Request Timeout\r\n")

    with_server(scenario)


def test_a_connection_that_sends_nothing_is_closed_without_an_answer(quick):
    async def scenario(connect):
        reader, _ = await connect()
        assert await reader.read() == b""

    with_server(scenario)


@pytest.mark.parametrize("drop", [b"x", b"\r\nX: "])
def test_headers_that_drip_get_no_more_time(quick, drop):
    async def scenario(connect):
        reader, writer = await connect(HALF)
        answer = asyncio.create_task(reader.read())
        for _ in range(20):
            writer.write(drop)
            await asyncio.sleep(0.05)
        assert answer.done()
        assert b" 408 " in answer.result()

    with_server(scenario)


@pytest.mark.parametrize("next_part", [HALF, b"\r\n", b"\r"])
def test_the_next_request_of_a_connection_has_a_limit_too(quick, next_part):
    async def scenario(connect):
        reader, writer = await connect(WHOLE)
        await reader.readuntil(b"done")
        writer.write(next_part)
        assert b" 408 " in await reader.read()

    with_server(scenario)


def test_a_request_that_is_answered_slowly_is_not_cut(quick):
    async def scenario(connect):
        reader, writer = await connect(WHOLE.replace(b"/ ", b"/slow ", 1), HALF)
        assert (await reader.readuntil(b"done")).startswith(b"HTTP/1.1 200 ")
        writer.write(b"fast\r\n\r\n")
        assert (await reader.readuntil(b"done")).startswith(b"HTTP/1.1 200 ")

    with_server(scenario)


def test_a_connection_serves_many_requests(quick):
    async def scenario(connect):
        reader, writer = await connect()
        for _ in range(8):
            await asyncio.sleep(0.1)
            writer.write(WHOLE)
            assert (await reader.readuntil(b"done")).startswith(b"HTTP/1.1 200 ")
        assert len(header_limits.open_headers) == 0

    with_server(scenario)


def test_headers_that_are_too_long_are_431(quick):
    async def scenario(connect):
        reader, _ = await connect(HALF, *[b"x" * 10_000] * 40)
        with contextlib.suppress(ConnectionError):  # it was still sending
            assert (await reader.read()).startswith(b"HTTP/1.1 431 ")

    with_server(scenario)


def test_of_too_many_half_sent_headers_the_oldest_are_closed(monkeypatch):
    monkeypatch.setattr(header_limits, "open_headers", OpenHeaders())
    monkeypatch.setattr(header_limits, "PER_CALLER", 5)
    monkeypatch.setattr(header_limits, "PATIENCE", 0.2)

    async def scenario(connect):
        half = [await connect(HALF) for _ in range(12)]
        assert len(header_limits.open_headers) == 12  # a busy server may only be late to read the rest of them
        await asyncio.sleep(0.3)
        reader, _ = await connect(WHOLE)
        assert (await reader.readuntil(b"done")).startswith(b"HTTP/1.1 200 ")
        assert len(header_limits.open_headers) <= 5
        first = await half[0][0].read()
        assert first.startswith(b"HTTP/1.1 503 ") and b"retry-after: 5" in first

    with_server(scenario)


def test_too_many_half_sent_headers_of_all_addresses_are_closed(monkeypatch):
    monkeypatch.setattr(header_limits, "open_headers", OpenHeaders())
    monkeypatch.setattr(header_limits, "AT_ONCE", 5)

    async def scenario(connect):
        half = [await connect(HALF) for _ in range(12)]
        assert b" 503 " in await half[0][0].read()
        assert len(header_limits.open_headers) <= 5

    with_server(scenario)


def test_a_connection_that_ends_gives_its_number_back(monkeypatch):
    monkeypatch.setattr(header_limits, "open_headers", OpenHeaders())

    async def scenario(connect):
        for _ in range(3):
            _, writer = await connect(HALF)
            await asyncio.sleep(0.05)
            assert len(header_limits.open_headers) == 1
            writer.close()
            await asyncio.sleep(0.05)
            assert len(header_limits.open_headers) == 0

    with_server(scenario)
