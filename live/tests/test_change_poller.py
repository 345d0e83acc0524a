"""The poller returns every change once, in any order of commits."""

import threading
from datetime import timedelta

import pytest
import time_machine
from django.db import connection, transaction
from django.utils import timezone

from live.change_poller import ChangePoller, changed_since
from live.models import Change
from live.publish import publish
from live.tasks import prune

pytestmark = pytest.mark.django_db


def create_change(pk: int, topic: str, *, rows: str = "", age: float = 0) -> None:
    Change.objects.create(pk=pk, topic=topic, rows=rows, at=timezone.now() - timedelta(seconds=age))


def test_a_change_is_returned_once():
    poller = ChangePoller()
    publish("farm", "course:3", "farm")

    assert [topic for _, topic, _rows in poller.poll()] == ["farm", "course:3"]
    assert poller.poll() == []


def test_changes_before_the_first_poll_are_not_returned():
    publish("farm")

    assert ChangePoller().poll() == []


def test_a_smaller_id_committed_later_is_returned():
    poller = ChangePoller()
    create_change(1010, "farm")
    assert poller.poll() == [(1010, "farm", "")]

    create_change(1009, "person:7")

    assert poller.poll() == [(1009, "person:7", "")]
    assert poller.poll() == []


def test_an_old_row_committed_now_is_returned_when_its_id_is_the_largest():
    poller = ChangePoller()
    create_change(1010, "farm", age=600)

    assert poller.poll() == [(1010, "farm", "")]
    assert poller.poll() == []


def test_rows_that_left_the_window_are_not_returned_again():
    with time_machine.travel("2026-11-23 12:00:00Z", tick=False) as clock:
        poller = ChangePoller()
        create_change(5, "farm")
        assert poller.poll() == [(5, "farm", "")]
        clock.shift(31)
        assert poller.poll() == []
        create_change(6, "farm")
        assert poller.poll() == [(6, "farm", "")]


def test_after_a_reconnect_the_changes_around_and_after_the_last_id_are_returned():
    create_change(100, "farm", age=50)
    create_change(101, "course:1", rows="7", age=20)
    create_change(102, "farm", age=10)
    create_change(103, "course:2", age=5)

    assert changed_since(102, {"farm", "course:1", "course:2"}) == [("course:1", "7"), ("course:2", "")]
    assert changed_since(102, {"person:1"}) == []


def test_after_the_last_id_was_pruned_the_page_must_reload():
    create_change(100, "farm", age=3601)
    create_change(101, "farm", age=3000)
    assert changed_since(100, {"farm"}) == [("farm", "")]

    prune()

    assert changed_since(100, {"farm"}) is None
    assert Change.objects.count() == 1


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'mysql'", reason="SQLite has one writer at a time: ids commit in order")
def test_a_transaction_that_commits_after_a_later_one_is_returned():
    written, commit = threading.Event(), threading.Event()

    def slow():
        try:
            with transaction.atomic():
                publish("course:1")
                written.set()
                assert commit.wait(10)
        finally:
            connection.close()

    poller = ChangePoller()
    thread = threading.Thread(target=slow)
    thread.start()
    assert written.wait(10)
    publish("farm")
    (later,) = poller.poll()
    commit.set()
    thread.join()
    (earlier,) = poller.poll()

    assert (later[1], earlier[1]) == ("farm", "course:1")
    assert earlier[0] < later[0]
