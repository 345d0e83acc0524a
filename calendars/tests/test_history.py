"""The changes since a calendar was last read: sequences, cancelled events, and how long those stay."""

from datetime import timedelta

from calendars.history import CANCELLED_SHOWN, as_json, from_json, merge
from calendars.tests.conftest import NOW

LATER = NOW + timedelta(hours=1)


def stored(merged):
    """The events as the next reading finds them in the database."""
    return from_json(as_json(merged))


def test_an_unchanged_event_keeps_its_sequence_and_its_time_of_change(event):
    first = merge({}, [event()], NOW)
    again = merge(stored(first), [event()], LATER)
    assert (again["task-1"].sequence, again["task-1"].changed_at) == (0, NOW)
    assert as_json(again) == as_json(first)


def test_each_change_adds_one_to_the_sequence(event):
    sent = merge({}, [event()], NOW)
    for number, changed in enumerate([event(title="Due: Trees"), event(hours=30), event(hours=30, place="a100")], 1):
        sent = merge(stored(sent), [changed], LATER)
        assert (sent["task-1"].sequence, sent["task-1"].changed_at) == (number, LATER)


def test_the_revision_of_an_object_is_the_least_sequence(event):
    sent = merge({}, [event(revision=4)], NOW)
    assert sent["task-1"].sequence == 4
    assert merge(stored(sent), [event(hours=30, revision=7)], LATER)["task-1"].sequence == 7
    assert merge(stored(sent), [event(revision=9)], LATER)["task-1"].sequence == 4, "nothing that one sees changed"


def test_an_event_that_is_gone_is_cancelled_for_30_days(event):
    sent = merge({}, [event(hours=24 * 100)], NOW)
    sent = merge(stored(sent), [], LATER)
    assert sent["task-1"].is_cancelled
    assert (sent["task-1"].sequence, sent["task-1"].changed_at, sent["task-1"].title) == (1, LATER, "Due: Lists")
    sent = merge(stored(sent), [], LATER + CANCELLED_SHOWN - timedelta(seconds=1))
    assert sent["task-1"].changed_at == LATER
    assert merge(stored(sent), [], LATER + CANCELLED_SHOWN) == {}


def test_an_event_that_is_over_is_left_out_without_being_cancelled(event):
    sent = merge({}, [event(hours=-1), event("task-2", hours=-1, lasts=3)], NOW)
    merged = merge(stored(sent), [], NOW)
    assert list(merged) == ["task-2"], "it still runs"
    assert merged["task-2"].is_cancelled


def test_a_cancelled_event_that_comes_back_has_a_higher_sequence(event):
    sent = merge(stored(merge({}, [event()], NOW)), [], LATER)
    back = merge(stored(sent), [event()], LATER)["task-1"]
    assert not back.is_cancelled
    assert back.sequence == 2


def test_events_are_in_the_order_of_their_start(event):
    merged = merge({}, [event("b", hours=3), event("c", hours=2), event("a", hours=3)], NOW)
    assert list(merged) == ["c", "a", "b"]
