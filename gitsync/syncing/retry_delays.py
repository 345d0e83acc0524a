"""How long a repository that could not be read waits for its next sync."""

from datetime import timedelta
from random import SystemRandom

from gitsync.git.failures import QUARANTINE, SLOW, Reason

BACKOFF = [timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1), timedelta(hours=6)]
SLOW_BACKOFF = [timedelta(minutes=15), timedelta(hours=1), timedelta(hours=6), timedelta(hours=24)]
QUARANTINE_BACKOFF = [timedelta(hours=1), timedelta(hours=6), timedelta(hours=24)]


def backoff(attempts: int, reason: Reason) -> timedelta:
    """Return how long to wait after so many failed attempts in a row.

    It is one step of the table, plus up to a quarter at random.
    """
    steps = QUARANTINE_BACKOFF if reason in QUARANTINE else SLOW_BACKOFF if reason in SLOW else BACKOFF
    step = steps[min(max(attempts, 1), len(steps)) - 1]
    return step * SystemRandom().uniform(1.0, 1.25)
