"""Password hashers with a small pool of threads of their own.

A hash takes 100 MB and a tenth of a second of several cores, on purpose. Without the pool, 40 sign-ins at once took all
memory and all cores, and no page answered. Here one is computed at a time, with a low priority; the others wait.

Whoever waits holds a thread of the server. In production a process has four (docker-compose.yml), and there only two
callers may wait: the fourth thread answers the pages, and refuses further sign-ins at once.
"""

import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

from django.contrib.auth.hashers import Argon2PasswordHasher, PBKDF2PasswordHasher
from django.utils.translation import gettext as _

from kernel.errors import Busy

T = TypeVar("T")
AT_ONCE = 1  # hashes that are computed at the same time; one uses up to eight cores
WAITING = 60  # callers that wait for one, where each request has a thread of its own; the next caller is refused
WAITING_FOR_FEW_THREADS = 2  # the same, where a server has a few threads for all requests
NICE = 10  # added to the thread's nice value (man 2 nice): the pages go first


class HashingPool:
    """Runs hashes, `at_once` at a time. Refuses with Busy (503) when `waiting` callers wait already."""

    def __init__(self, at_once: int, waiting: int) -> None:
        self.callers = 0  # those whose hash is computed, and those who wait
        self._at_once, self._most = at_once, at_once + waiting
        self._lock = threading.Lock()
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="hash", initializer=_lower_priority)

    def leave_a_thread_free(self) -> None:
        """Let fewer callers wait: for a server with a few threads (config/wsgi.py)."""
        self._most = self._at_once + WAITING_FOR_FEW_THREADS

    def run(self, work: Callable[[], T]) -> T:
        with self._lock:
            if self.callers >= self._most:
                raise Busy("busy", _("Too many people are signing in at this moment. Try again in a moment."))
            self.callers += 1
        try:
            return self._threads.submit(work).result()
        finally:
            with self._lock:
                self.callers -= 1


@cache
def pool() -> HashingPool:
    """Return the pool of this process. It is made at the first hash, so after a worker is forked."""
    return HashingPool(AT_ONCE, WAITING)


class PooledArgon2PasswordHasher(Argon2PasswordHasher):
    """Django's hasher of the same algorithm, in the pool."""

    def encode(self, password: str, salt: str) -> str:
        return pool().run(lambda: super(PooledArgon2PasswordHasher, self).encode(password, salt))

    def verify(self, password: str, encoded: str) -> bool:
        return pool().run(lambda: super(PooledArgon2PasswordHasher, self).verify(password, encoded))


class PooledPBKDF2PasswordHasher(PBKDF2PasswordHasher):
    """Django's hasher of the same algorithm, in the pool. For passwords that another installation hashed."""

    def encode(self, password: str, salt: str, iterations: int | None = None) -> str:
        return pool().run(lambda: super(PooledPBKDF2PasswordHasher, self).encode(password, salt, iterations))


def _lower_priority() -> None:
    if sys.platform == "linux":  # there a thread has a priority of its own
        os.nice(NICE)
