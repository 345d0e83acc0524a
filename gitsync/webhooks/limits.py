"""Rate limits for hooks: calls per minute and key, counted in this process before any other work."""

import threading
import time

from rest_framework.exceptions import Throttled

WINDOW = 60
PER_CALLER = 600  # a forge sends the pushes of a whole school from a few addresses
PER_URL = 60  # unsigned hooks of one caller for one repository; other callers have a limit of their own
SIGNED_PER_URL = 1200  # signed hooks of one hook address for one repository
UNKNOWN_PER_CALLER = 60
CLAIMS_PER_CALLER = 600  # hooks of one caller for one hook address whose signature is not, or not yet, found right
KEYS = 50_000

_lock = threading.Lock()
_counts: dict[str, int] = {}
_window = 0


def count(key: str, limit: int) -> bool:
    """Count one call for the key; return whether it is within the limit of this minute."""
    global _window
    window = int(time.time()) // WINDOW
    with _lock:
        if window != _window or len(_counts) >= KEYS:
            _counts.clear()
            _window = window
        _counts[key] = _counts.get(key, 0) + 1
        return _counts[key] <= limit


def check(key: str, limit: int) -> None:
    """Count one call for the key. Raises Throttled (429) over the limit."""
    if not count(key, limit):
        raise throttled()


def give_back(key: str) -> None:
    """Take back one counted call for the key."""
    with _lock:
        if _counts.get(key, 0) > 0:
            _counts[key] -= 1


def throttled() -> Throttled:
    """Return the refusal (429), with the seconds until the next minute."""
    return Throttled(wait=WINDOW - int(time.time()) % WINDOW)


def reset() -> None:
    """Set all counts to zero."""
    with _lock:
        _counts.clear()
