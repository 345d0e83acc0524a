"""A lock for the threads of one process that is given in the order in which they asked for it.

`threading.Lock` promises no order, so under load a thread could wait for many others that came later.
"""

import os
import threading
import time
import weakref
from collections import deque

CHECK_EVERY = 1.0  # seconds after which a waiting thread checks that the thread with the lock still runs


class FairLock:
    """First come, first served.

    It belongs to an owner, any object, and only that owner gives it back. An owner that takes it twice has it once. A
    thread that ended without giving it back loses it, and so does an owner that was thrown away. In a forked process it
    is free, because only one thread lives on there.
    """

    _mutex: threading.Lock  # for a few lines at a time
    _holder: "_Place | None"
    _waiting: "deque[_Place]"

    def __init__(self) -> None:
        self._free()
        _locks.add(self)

    def take(self, owner: object, seconds: float) -> bool:
        """Wait at most `seconds` for the lock. Return whether the owner has it now."""
        place = _Place(owner)
        try:
            with self._mutex:
                holder = self._holder
                is_free = holder is None or (holder.is_lost() and not self._waiting)
                if is_free or (holder is not None and holder.owner() is owner):
                    self._holder = place
                    return True
                self._waiting.append(place)
            return self._wait(place, time.monotonic() + seconds)
        except BaseException:  # a signal: KeyboardInterrupt, or the time limit of a task
            if self._leave(place):
                self.give_back(owner)
            raise

    @property
    def waiting(self) -> int:
        """How many threads wait for it."""
        return len(self._waiting)

    def give_back(self, owner: object) -> None:
        """Give the lock to whoever waits longest. Do nothing when this owner does not have it."""
        with self._mutex:
            if self._holder is not None and self._holder.owner() is owner:
                self._give_next()

    def _free(self) -> None:
        self._mutex, self._holder, self._waiting = threading.Lock(), None, deque()

    def _wait(self, place: "_Place", last: float) -> bool:
        while not place.given.acquire(timeout=max(0.0, min(CHECK_EVERY, last - time.monotonic()))):
            if time.monotonic() >= last:
                return self._leave(place)
            with self._mutex:
                if self._holder is not None and self._holder.is_lost():
                    self._give_next()
        return True

    def _leave(self, place: "_Place") -> bool:
        """Leave the queue, and return False. Keep the lock and return True when it was given at this moment."""
        with self._mutex:
            if self._holder is place:
                return True
            if place in self._waiting:
                self._waiting.remove(place)
            return False

    def _give_next(self) -> None:
        if not self._waiting:
            self._holder = None
            return
        # Python handles signals after calls, so none comes between these lines.
        self._holder = self._waiting[0]
        del self._waiting[0]
        self._holder.given.release()


class _Place:
    """A place in the queue. Its thread waits for `given`."""

    def __init__(self, owner: object) -> None:
        self.owner, self.thread = weakref.ref(owner), threading.current_thread()
        self.given = threading.Lock()
        self.given.acquire()

    def is_lost(self) -> bool:
        """Whether nobody is left who could give the lock back."""
        return self.owner() is None or not self.thread.is_alive()


def _free_all() -> None:
    for lock in _locks:
        lock._free()


_locks: weakref.WeakSet[FairLock] = weakref.WeakSet()
os.register_at_fork(after_in_child=_free_all)
