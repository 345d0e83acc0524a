"""A statement that loses a deadlock is done again."""

import threading

import pytest
from django.contrib.sessions.models import Session
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from kernel.database import retries

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.database,
    pytest.mark.skipif("connection.vendor != 'mysql'", reason="SQLite has one writer at a time, and no deadlocks"),
]


def lose_a_deadlock(do):
    """Call `do` with two rows in the order of their keys, beside a transaction that locks them in the other order.

    That transaction has changed many rows, so the database undoes the statement of `do`. Returns what `do` returns, or
    its exception.
    """
    first, second, *others = [
        Session.objects.create(session_key=f"m{n:03}", session_data="dead", expire_date=timezone.now())
        for n in range(200)
    ]
    results = []

    def run():
        try:
            results.append(do(Session.objects.filter(pk__in=[first.pk, second.pk])))
        except OperationalError as error:
            results.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    with transaction.atomic():
        Session.objects.filter(pk__in=[second.pk, *(row.pk for row in others)]).update(session_data="held")
        thread.start()
        thread.join(0.5)  # it has locked the first row, and waits for the second
        Session.objects.filter(pk=first.pk).update(session_data="held")
    thread.join(30)
    return results[0]


def test_an_update_that_loses_a_deadlock_is_done_again():
    assert lose_a_deadlock(lambda rows: retries.update(rows, session_data="kept")) == 2
    assert Session.objects.filter(session_data="kept").count() == 2


def test_in_a_transaction_the_caller_gets_the_deadlock():
    def in_a_transaction(rows):
        with transaction.atomic():
            return retries.update(rows, session_data="kept")

    error = lose_a_deadlock(in_a_transaction)
    assert retries.is_temporary(error)
    assert not Session.objects.filter(session_data="kept").exists()
