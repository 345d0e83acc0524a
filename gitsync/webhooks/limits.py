"""Caps for callers who need not say who they are: so many per minute and key, counted in this process."""

import threading
import time

from rest_framework.exceptions import Throttled

WINDOW = 60
PER_CALLER = 600  # a forge sends the pushes of a whole school from a few addresses
PER_URL = 60
UNKNOWN_PER_CALLER = 60
KEYS = 50_000

_lock = threading.Lock()
_counts: dict[str, int] = {}
_window = 0


def within(key: str, limit: int) -> bool:
    """Count one more for the key; whether it is still within the limit of this minute."""
    global _window
    window = int(time.time()) // WINDOW
    with _lock:
        if window != _window or len(_counts) >= KEYS:
            _counts.clear()
            _window = window
        _counts[key] = _counts.get(key, 0) + 1
        return _counts[key] <= limit


def check(key: str, limit: int) -> None:
    """Raises Throttled (429) over the limit."""
    if not within(key, limit):
        raise over()


def over() -> Throttled:
    """The refusal (429): until the next minute."""
    return Throttled(wait=WINDOW - int(time.time()) % WINDOW)


def forget() -> None:
    """Start counting anew."""
    with _lock:
        _counts.clear()
