"""The tasks in the queues of the broker that no worker has taken: how many, and since when the oldest waits."""

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.conf import settings

from config.queue_names import QUEUES
from kernel.task_queue import QUEUED_AT

if TYPE_CHECKING:
    import redis

TIMEOUT = 1  # seconds for the broker


def tasks_waiting() -> dict[str, int]:
    """Return the number of tasks in each queue; nothing when the broker does not answer."""
    import redis  # on first use, as config/startup.py says

    try:
        with _broker() as client:
            return {queue: int(client.llen(queue)) for queue in QUEUES}
    except (redis.RedisError, OSError, ValueError):
        return {}


def oldest_task() -> datetime | None:
    """Return since when the oldest task waits.

    None when no task waits, when the broker does not answer, and for tasks of the schedule, which have no time.
    """
    import redis  # on first use, as config/startup.py says

    try:
        with _broker() as client:
            messages = [client.lindex(queue, -1) for queue in QUEUES]
    except (redis.RedisError, OSError, ValueError):
        return None
    times = [time for message in messages if message and (time := _queued_at(message))]
    return min(times, default=None)


def _queued_at(message: bytes) -> datetime | None:
    try:
        return datetime.fromtimestamp(float(json.loads(message)["headers"][QUEUED_AT]), UTC)
    except (ValueError, KeyError, TypeError, OverflowError):
        return None


def _broker() -> "redis.Redis":
    import redis

    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT)
