"""The writers of one process take turns on SQLite, and readers wait for nobody."""

import threading
import time

import pytest
from django.contrib.sessions.models import Session
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from kernel.database.sqlite.base import DatabaseWrapper
from kernel.database.unavailable import Fault, fault_of

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("connection.vendor != 'sqlite'", reason="MariaDB locks rows, and has many writers"),
]


def write(key):
    return Session.objects.create(session_key=key, session_data="", expire_date=timezone.now())


class Worker(threading.Thread):
    """Does one thing in a thread with a connection of its own, and keeps the exception."""

    def __init__(self, action, *arguments):
        super().__init__()
        self.action, self.arguments, self.error = action, arguments, None
        self.start()

    def run(self):
        try:
            self.action(*self.arguments)
        except OperationalError as error:
            self.error = error
        finally:
            connection.close()

    def finished(self, seconds=10):
        self.join(seconds)
        return not self.is_alive() and self.error is None


def wait_for_queue(length):
    turn = connection.turn()
    while turn.waiting < length:
        time.sleep(0.001)


def test_transactions_and_single_statements_are_done_in_the_order_in_which_they_came():
    order = []

    def in_transaction(number):
        with transaction.atomic():
            order.append(number)
            write(f"w{number}")

    def alone(number):
        Session.objects.filter(session_key="first").update(session_data=str(number))
        order.append(number)

    with transaction.atomic():
        write("first")
        workers = []
        for number in range(12):
            workers.append(Worker(alone if number % 3 == 2 else in_transaction, number))
            wait_for_queue(number + 1)
    assert all(worker.finished() for worker in workers)
    assert Session.objects.count() == 9
    # A single statement is noted after it gave its turn back, when the next writer may be faster.
    assert [number for number in order if number % 3 != 2] == [0, 1, 3, 4, 6, 7, 9, 10]
    assert Session.objects.get(session_key="first").session_data == "11"


def test_readers_do_not_wait_for_writers():
    with transaction.atomic():
        write("first")
        writer = Worker(write, "second")
        wait_for_queue(1)
        assert Worker(lambda: Session.objects.count()).finished()
        assert writer.is_alive()
    assert writer.finished()


def test_a_transaction_that_raises_gives_its_turn_back():
    def mistaken():
        with transaction.atomic():
            write("first")
            raise ValueError("mistake")

    with pytest.raises(ValueError, match="mistake"):
        mistaken()
    assert Worker(write, "second").finished()


def test_an_inner_block_keeps_the_turn_of_the_outer_one():
    with transaction.atomic():
        with transaction.atomic():
            write("first")
        writer = Worker(write, "second")
        wait_for_queue(1)
        assert writer.is_alive()
    assert writer.finished()


def test_a_connection_that_is_closed_in_its_transaction_gives_its_turn_back():
    with transaction.atomic():
        write("first")
        connection.close()
        assert Worker(write, "second").finished()
    assert list(Session.objects.values_list("session_key", flat=True)) == ["second"]


def test_work_after_the_commit_keeps_no_turn():
    finished = []
    with transaction.atomic():
        write("first")
        transaction.on_commit(lambda: finished.append(Worker(write, "second").finished()))
    assert finished == [True]


def test_a_thread_that_ended_in_its_transaction_does_not_hold_up_the_others_for_ever():
    def leave():
        transaction.atomic().__enter__()

    Worker(leave).join()
    assert Worker(write, "second").finished()


def test_a_writer_that_waits_too_long_for_its_turn_gets_the_error_of_sqlite():
    def impatient():
        with connection.waiting_at_most(0.05), transaction.atomic():
            write("second")

    with transaction.atomic():
        write("first")
        worker = Worker(impatient)
        worker.join(10)
        assert str(worker.error) == "database is locked"
        assert fault_of(worker.error) is Fault.LOCKED
    assert Worker(write, "third").finished()
    assert connection.wait_seconds == 20


def test_databases_in_memory_do_not_wait_for_each_other():
    settings = connection.settings_dict | {"NAME": ":memory:"}
    one, two = DatabaseWrapper(settings, "one"), DatabaseWrapper(settings, "two")
    for database in (one, two):
        database.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
    assert one.turn() is None
    assert two.turn() is None
