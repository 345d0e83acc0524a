"""The lock is given in the order in which threads asked for it, and no thread that ended keeps it."""

import os
import threading
import time

import pytest

from kernel.database import fair_lock
from kernel.database.fair_lock import FairLock


class Owner:
    """Somebody who takes the lock."""


def wait_for_queue(lock, length):
    while lock.waiting < length:
        time.sleep(0.001)


def test_it_is_given_in_the_order_in_which_threads_asked_for_it():
    lock, first, order = FairLock(), Owner(), []

    def take(number):
        owner = Owner()
        assert lock.take(owner, 10)
        order.append(number)
        lock.give_back(owner)

    assert lock.take(first, 0)
    threads = [threading.Thread(target=take, args=(number,)) for number in range(20)]
    for length, thread in enumerate(threads, start=1):
        thread.start()
        wait_for_queue(lock, length)
    lock.give_back(first)
    for thread in threads:
        thread.join(10)
    assert order == list(range(20))
    assert lock.take(Owner(), 0), "the last one has given it back"


def test_a_wait_that_takes_too_long_ends_without_the_lock_and_leaves_the_queue():
    lock, holder = FairLock(), Owner()
    assert lock.take(holder, 0)
    assert not lock.take(Owner(), 0.01)
    assert lock.waiting == 0
    lock.give_back(holder)
    assert lock.take(Owner(), 0)


def test_only_its_owner_gives_it_back():
    lock, holder = FairLock(), Owner()
    assert lock.take(holder, 0)
    lock.give_back(Owner())
    assert not lock.take(Owner(), 0)


def test_an_owner_that_takes_it_twice_has_it_once():
    lock, holder = FairLock(), Owner()
    assert lock.take(holder, 0)
    assert lock.take(holder, 0)
    lock.give_back(holder)
    assert lock.take(Owner(), 0)


def test_a_thread_that_ended_with_the_lock_loses_it(monkeypatch):
    monkeypatch.setattr(fair_lock, "CHECK_EVERY", 0.01)
    lock, holder = FairLock(), Owner()
    thread = threading.Thread(target=lock.take, args=(holder, 0))
    thread.start()
    thread.join()
    assert lock.take(Owner(), 10)


def test_an_owner_that_was_thrown_away_with_the_lock_loses_it(monkeypatch):
    monkeypatch.setattr(fair_lock, "CHECK_EVERY", 0.01)
    lock, holder = FairLock(), Owner()
    assert lock.take(holder, 0)
    waiting = threading.Thread(target=lock.take, args=(Owner(), 10))
    waiting.start()
    wait_for_queue(lock, 1)
    del holder
    waiting.join(5)
    assert not waiting.is_alive()
    assert lock.take(Owner(), 0)


def test_a_wait_that_a_signal_ends_leaves_the_queue(monkeypatch):
    lock, holder = FairLock(), Owner()
    assert lock.take(holder, 0)

    def interrupted(self, place, last):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(FairLock, "_wait", interrupted)
        with pytest.raises(KeyboardInterrupt):
            lock.take(Owner(), 10)
    lock.give_back(holder)
    assert lock.take(Owner(), 0)


@pytest.mark.parametrize("is_free", [True, False])
def test_a_signal_at_the_moment_at_which_it_is_given_leaves_it_free(monkeypatch, is_free):
    lock, holder, owner = FairLock(), Owner(), Owner()

    class Interrupted:
        """The lock for a few lines, and a signal when it has been given back the first time."""

        def __init__(self):
            self.lock, self.signals = threading.Lock(), [KeyboardInterrupt]

        def __enter__(self):
            self.lock.acquire()

        def __exit__(self, *error):
            self.lock.release()
            if self.signals:
                raise self.signals.pop()

    def given_and_interrupted(self, place, last):
        self.give_back(holder)
        assert place.given.acquire(timeout=0)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        if is_free:
            patch.setattr(lock, "_mutex", Interrupted())
        else:
            assert lock.take(holder, 0)
            patch.setattr(FairLock, "_wait", given_and_interrupted)
        with pytest.raises(KeyboardInterrupt):
            lock.take(owner, 10)
    assert lock.take(Owner(), 0)


def test_a_forked_process_does_not_inherit_it_taken():
    lock, holder = FairLock(), Owner()
    assert lock.take(holder, 0)
    waiting = threading.Thread(target=lock.take, args=(Owner(), 10))
    waiting.start()
    wait_for_queue(lock, 1)
    pid = os.fork()
    if pid == 0:
        os._exit(0 if lock.take(Owner(), 0) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert not lock.take(Owner(), 0), "this process still has it"
    lock.give_back(holder)
    waiting.join(10)
