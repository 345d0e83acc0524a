"""The wake-up over the broker's pub/sub: a convenience, never a promise (the stream also looks every 5 s)."""

import time
from functools import cache

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

CHANNEL = "atelier-live"
SILENCE = 2.0  # seconds without a try after a failure: a broker that hangs must not slow every change down
_quiet_until = 0.0


@cache
def _client() -> redis.Redis:
    """One for the process; its pool notices a fork and starts anew in the child."""
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=0.25, socket_connect_timeout=0.25, retry=Retry(NoBackoff(), 0)
    )


def wake() -> None:
    """Tell every stream reader to look at the table now. A broker that is away is no error."""
    global _quiet_until
    if time.monotonic() < _quiet_until:
        return
    try:
        _client().publish(CHANNEL, "")
    except (redis.RedisError, OSError):
        _quiet_until = time.monotonic() + SILENCE
