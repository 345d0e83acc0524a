"""One reader per process for all its streams: one thread, one database connection, one subscription to the broker."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import redis.asyncio
from django.conf import settings
from django.db import connection
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from live.missed_changes import Look, missed
from live.wake_up import CHANNEL

LOOK_EVERY = 5.0  # seconds; the net under the wake-ups
GATHER = 0.02  # seconds between a wake-up and its look, so that a burst costs one look
log = logging.getLogger(__name__)
T = TypeVar("T")


class Subscription:
    """What one stream has still to be told. Hints add up to a set of topics, so a slow client costs no memory."""

    def __init__(self, topics: Iterable[str]) -> None:
        self.topics = frozenset(topics)
        self._changed: set[str] = set()
        self._last_id = 0
        self._ready = asyncio.Event()

    def tell(self, pk: int, topic: str) -> None:
        if topic in self.topics:
            self._changed.add(topic)
            self._last_id = max(self._last_id, pk)
            self._ready.set()

    async def next(self, timeout: float) -> tuple[int, list[str]]:  # noqa: ASYNC109 - silence is an answer here
        """The last id and the topics that changed; no topics when nothing did in time."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._ready.wait(), timeout)
        changed = sorted(self._changed)
        self._changed.clear()
        self._ready.clear()
        return self._last_id, changed


class Reader:
    """Looks at the table while there is a stream to serve; holds nothing when there is none."""

    def __init__(self) -> None:
        self._subscriptions: set[Subscription] = set()
        self._turn = asyncio.Lock()  # starting and stopping take turns
        self._thread: ThreadPoolExecutor | None = None
        self._tasks: list[asyncio.Task[None]] = []

    @contextlib.asynccontextmanager
    async def subscribe(self, topics: Iterable[str]) -> AsyncIterator[Subscription]:
        """Every change committed from now on is told to the subscription, once."""
        subscription = Subscription(topics)
        self._subscriptions.add(subscription)
        try:
            async with self._turn:
                if not self._tasks:
                    await self._start()
            yield subscription
        finally:
            self._subscriptions.discard(subscription)
            await asyncio.shield(self._stop_if_idle())

    async def missed(self, last_id: int, topics: Iterable[str]) -> set[str] | None:
        """As `live.look.missed`; None also when the database does not answer."""
        try:
            return await self._in_thread(lambda: missed(last_id, topics))
        except Exception as error:  # whatever it is, "reload" is right
            log.warning("live: the table of changes does not answer: %s", error)
            return None

    async def _start(self) -> None:
        self._thread = self._thread or ThreadPoolExecutor(1, thread_name_prefix="live")
        woken = asyncio.Event()
        look = await self._try(Look)
        self._tasks = [asyncio.create_task(self._run(look, woken)), asyncio.create_task(_listen(woken))]

    async def _stop_if_idle(self) -> None:
        async with self._turn:
            if self._subscriptions or not self._thread:
                return
            for task in self._tasks:
                await _end(task)
            self._tasks = []
            await self._in_thread(_close)
            self._thread.shutdown(wait=False)
            self._thread = None

    async def _run(self, look: Look | None, woken: asyncio.Event) -> None:
        while True:
            if look is None:
                look = await self._try(Look)
                if look is not None:  # nobody knows what passed meanwhile: tell everybody everything
                    for subscription in self._subscriptions:
                        for topic in subscription.topics:
                            subscription.tell(0, topic)
            else:
                for pk, topic in await self._try(look.new) or []:
                    for subscription in self._subscriptions:
                        subscription.tell(pk, topic)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(woken.wait(), LOOK_EVERY)
                await asyncio.sleep(GATHER)
            woken.clear()

    async def _try(self, work: Callable[[], T]) -> T | None:
        """What `work` returns; None, with a line in the log and a fresh connection, when the database fails."""
        try:
            return await self._in_thread(work)
        except Exception as error:  # the reader outlives whatever happens to the database
            log.warning("live: the table of changes does not answer: %s", error)
            await self._in_thread(_close)
            return None

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


async def _end(task: asyncio.Task[None]) -> None:
    """Cancel it for as long as it takes: the broker's client loses a cancellation that comes while it connects."""
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=0.05)


def _close() -> None:
    """The calling thread's connection: `connection.close` itself would be looked up in the loop's thread."""
    connection.close()


async def _listen(woken: asyncio.Event) -> None:
    """Set `woken` at each wake-up from the broker; connect again for as long as it takes."""
    pause = 0.25
    while True:
        try:
            client = redis.asyncio.from_url(
                settings.REDIS_URL, socket_connect_timeout=2, health_check_interval=20, retry=Retry(NoBackoff(), 0)
            )
            async with client, client.pubsub(ignore_subscribe_messages=True) as pubsub:
                await pubsub.subscribe(CHANNEL)
                woken.set()  # for what was said while nobody listened
                pause = 0.25
                while True:
                    if await pubsub.get_message(timeout=20) is not None:
                        woken.set()
        except (redis.RedisError, OSError):
            await asyncio.sleep(pause)
            pause = min(pause * 2, LOOK_EVERY)
