"""The table of changes is read without a gap, whatever the order of commits."""

import threading
from datetime import timedelta

import pytest
import time_machine
from django.db import connection, transaction
from django.utils import timezone

from live.missed_changes import Look, missed
from live.models import Change
from live.publish import publish
from live.tasks import prune

pytestmark = pytest.mark.django_db


def change(pk: int, topic: str, *, age: float = 0) -> None:
    Change.objects.create(pk=pk, topic=topic, at=timezone.now() - timedelta(seconds=age))


def test_a_row_is_told_once():
    look = Look()
    publish("farm", "course:3", "farm")

    assert [topic for _, topic in look.new()] == ["farm", "course:3"]
    assert look.new() == []


def test_what_was_there_before_the_first_look_is_not_told():
    publish("farm")

    assert Look().new() == []


def test_a_smaller_id_committed_later_is_told():
    look = Look()
    change(1010, "farm")
    assert look.new() == [(1010, "farm")]

    change(1009, "person:7")

    assert look.new() == [(1009, "person:7")]
    assert look.new() == []


def test_a_row_written_long_ago_and_committed_now_is_told_when_its_id_is_the_largest():
    look = Look()
    change(1010, "farm", age=600)

    assert look.new() == [(1010, "farm")]
    assert look.new() == []


def test_rows_that_left_the_window_are_not_told_again():
    with time_machine.travel("2026-11-23 12:00:00Z", tick=False) as clock:
        look = Look()
        change(5, "farm")
        assert look.new() == [(5, "farm")]
        clock.shift(31)
        assert look.new() == []
        change(6, "farm")
        assert look.new() == [(6, "farm")]


def test_who_comes_back_is_told_what_happened_around_and_after():
    change(100, "farm", age=50)
    change(101, "course:1", age=20)
    change(102, "farm", age=10)
    change(103, "course:2", age=5)

    assert missed(102, {"farm", "course:1", "course:2"}) == {"course:1", "course:2"}
    assert missed(102, {"person:1"}) == set()


def test_who_comes_back_after_the_pruning_must_reload():
    change(100, "farm", age=3601)
    change(101, "farm", age=3000)
    assert missed(100, {"farm"}) == {"farm"}

    prune()

    assert missed(100, {"farm"}) is None
    assert Change.objects.count() == 1


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'mysql'", reason="SQLite has one writer at a time: ids commit in order")
def test_a_transaction_that_commits_after_a_later_one_is_told():
    written, commit = threading.Event(), threading.Event()

    def slow():
        try:
            with transaction.atomic():
                publish("course:1")
                written.set()
                assert commit.wait(10)
        finally:
            connection.close()

    look = Look()
    thread = threading.Thread(target=slow)
    thread.start()
    assert written.wait(10)
    publish("farm")
    (later,) = look.new()
    commit.set()
    thread.join()
    (earlier,) = look.new()

    assert (later[1], earlier[1]) == ("farm", "course:1")
    assert earlier[0] < later[0]
