"""Delivers change notifications to all event streams of a process.

It uses one thread, one database connection and one subscription to the broker, however many streams are open.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.conf import settings
from django.db import connection

from live.change_poller import ChangePoller, changed_since
from live.changed_topics import ChangedTopics
from live.wake_up import CHANNEL

POLL_EVERY = 5.0  # seconds; finds changes whose wake-up was lost
GATHER = 0.02  # seconds between a wake-up and its poll, so that a burst of changes costs one poll
log = logging.getLogger(__name__)
T = TypeVar("T")


class Subscription:
    """The notifications that one stream must still send, in a form that does not grow while a client is slow."""

    def __init__(self, topics: Iterable[str]) -> None:
        self.topics = frozenset(topics)
        self._changed = ChangedTopics()
        self._last_id = 0
        self._ready = asyncio.Event()

    def notify(self, pk: int, topic: str, rows: str = "") -> None:
        """Add a change, if it is of one of our topics. `pk` is 0 when the change has no row in the table."""
        if topic in self.topics:
            self._changed.add(topic, rows)
            self._last_id = max(self._last_id, pk)
            self._ready.set()

    async def next(self, timeout: float) -> tuple[int, str]:  # noqa: ASYNC109 - a timeout is a normal result
        """Return the last id and the text of what changed; "" when nothing changed within `timeout` seconds."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._ready.wait(), timeout)
        changed, self._changed = self._changed, ChangedTopics()
        self._ready.clear()
        return self._last_id, str(changed)


class Dispatcher:
    """Polls the table while there is an open stream, and holds no resources when there is none."""

    def __init__(self) -> None:
        self._subscriptions: set[Subscription] = set()
        self._lock = asyncio.Lock()  # start and stop must not overlap
        self._thread: ThreadPoolExecutor | None = None
        self._tasks: list[asyncio.Task[None]] = []

    @contextlib.asynccontextmanager
    async def subscribe(self, topics: Iterable[str]) -> AsyncIterator[Subscription]:
        """Give a subscription that is notified once of every change committed from now on."""
        subscription = Subscription(topics)
        self._subscriptions.add(subscription)
        try:
            async with self._lock:
                if not self._tasks:
                    await self._start()
            yield subscription
        finally:
            self._subscriptions.discard(subscription)
            await asyncio.shield(self._stop_if_idle())

    async def changed_since(self, last_id: int, topics: Iterable[str]) -> list[tuple[str, str]] | None:
        """Do the same as `live.change_poller.changed_since`; return None also when the database fails."""
        try:
            return await self._in_thread(lambda: changed_since(last_id, topics))
        except Exception as error:  # after any error the page must reload
            log.warning("live: the table of changes does not answer: %s", error)
            return None

    async def _start(self) -> None:
        self._thread = self._thread or ThreadPoolExecutor(1, thread_name_prefix="live")
        woken = asyncio.Event()
        poller = await self._try(ChangePoller)
        self._tasks = [asyncio.create_task(self._run(poller, woken)), asyncio.create_task(_wait_for_wake_ups(woken))]

    async def _stop_if_idle(self) -> None:
        async with self._lock:
            if self._subscriptions or not self._thread:
                return
            for task in self._tasks:
                await _cancel(task)
            self._tasks = []
            await self._in_thread(_close_connection)
            self._thread.shutdown(wait=False)
            self._thread = None

    async def _run(self, poller: ChangePoller | None, woken: asyncio.Event) -> None:
        while True:
            if poller is None:
                poller = await self._try(ChangePoller)
                if poller is not None:  # changes may have been missed meanwhile: notify everybody of all their topics
                    for subscription in self._subscriptions:
                        for topic in subscription.topics:
                            subscription.notify(0, topic)
            else:
                for change in await self._try(poller.poll) or []:
                    for subscription in self._subscriptions:
                        subscription.notify(*change)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(woken.wait(), POLL_EVERY)
                await asyncio.sleep(GATHER)
            woken.clear()

    async def _try(self, work: Callable[[], T]) -> T | None:
        """Return the result of `work`. When the database fails, log it, drop the connection and return None."""
        try:
            return await self._in_thread(work)
        except Exception as error:  # no error of the database may end the dispatcher
            log.warning("live: the table of changes does not answer: %s", error)
            await self._in_thread(_close_connection)
            return None

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


async def _cancel(task: asyncio.Task[None]) -> None:
    """Cancel the task until it ends: the broker's client swallows a cancellation that comes while it connects."""
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=0.05)


def _close_connection() -> None:
    """Close the connection of the calling thread.

    A function, because an argument `connection.close` would be looked up in the thread of the event loop.
    """
    connection.close()


async def _wait_for_wake_ups(woken: asyncio.Event) -> None:
    """Set `woken` at each wake-up from the broker. Reconnect for ever."""
    import redis.asyncio  # on first use, as config/startup.py says
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff

    pause = 0.25
    while True:
        try:
            client = redis.asyncio.from_url(
                settings.REDIS_URL, socket_connect_timeout=2, health_check_interval=20, retry=Retry(NoBackoff(), 0)
            )
            async with client, client.pubsub(ignore_subscribe_messages=True) as pubsub:
                await pubsub.subscribe(CHANNEL)
                woken.set()  # for changes that were published while we were not subscribed
                pause = 0.25
                while True:
                    if await pubsub.get_message(timeout=20) is not None:
                        woken.set()
        except (redis.RedisError, OSError):
            await asyncio.sleep(pause)
            pause = min(pause * 2, POLL_EVERY)
