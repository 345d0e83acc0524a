"""Wakes the event streams through the broker's pub/sub. A lost wake-up costs only time: they also poll every 5 s."""

import time
from functools import cache
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    import redis

CHANNEL = "atelier-live"
# Seconds without a try after a failure, so that a broker that hangs does not slow every change down.
PAUSE_AFTER_FAILURE = 2.0
_paused_until = 0.0


@cache
def _client() -> "redis.Redis":
    """Return the client of this process. Its pool notices a fork and opens new connections in the child."""
    import redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    return redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=0.25, socket_connect_timeout=0.25, retry=Retry(NoBackoff(), 0)
    )


def wake() -> None:
    """Make every event stream poll the table now. A broker that does not answer is not an error."""
    import redis  # on first use, as config/startup.py says

    global _paused_until
    if time.monotonic() < _paused_until:
        return
    try:
        _client().publish(CHANNEL, "")
    except (redis.RedisError, OSError):
        _paused_until = time.monotonic() + PAUSE_AFTER_FAILURE
