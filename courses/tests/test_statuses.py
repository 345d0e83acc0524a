"""The rule that computes the status of a task, as a table."""

from datetime import UTC, datetime, timedelta

import pytest

from courses.models import Progress, StudentRepository, Task
from courses.rules.deadlines import Due
from courses.rules.statuses import STATUSES, status_of

NOW = datetime(2026, 11, 3, 14, 0, tzinfo=UTC)
PAST, FUTURE = NOW - timedelta(days=1), NOW + timedelta(days=1)
EXERCISE = Task(asks_for=Task.Asks.EXERCISE)
TICK = Task(asks_for=Task.Asks.TICK)
CLONED = StudentRepository(state=StudentRepository.State.CLONED)
WAITING = StudentRepository(state=StudentRepository.State.WAITING)
FAILING = StudentRepository(state=StudentRepository.State.FAILING)
STARTED = Progress(state=Progress.State.STARTED)


REMOVED = Progress(state=Progress.State.REMOVED, completed_time=1)
HOUR = timedelta(hours=1)


def done(at: datetime | None, proven: datetime | None = None) -> Progress:
    times = [int(time.timestamp()) if time else None for time in (at, proven)]
    return Progress(state=Progress.State.DONE, completed_time=times[0], proven_time=times[1])


@pytest.mark.parametrize(
    ("task", "progress", "due", "repository", "key"),
    [
        (EXERCISE, done(PAST), Due(PAST), CLONED, "done"),  # done at the deadline is on time
        (EXERCISE, done(PAST + timedelta(seconds=1)), Due(PAST), CLONED, "late"),
        (EXERCISE, done(PAST + timedelta(hours=1)), Due(FUTURE, before_extension=PAST), CLONED, "done"),
        (EXERCISE, done(None), Due(PAST), CLONED, "done"),
        (EXERCISE, done(PAST), Due(None), CLONED, "done"),
        (EXERCISE, done(PAST), Due(PAST), FAILING, "done"),  # a done task stays done
        (EXERCISE, done(PAST - HOUR, PAST), Due(PAST), CLONED, "done"),  # seen at the very deadline
        (EXERCISE, done(PAST - HOUR, PAST + HOUR), Due(PAST), CLONED, "unproven"),
        (EXERCISE, done(PAST - HOUR, PAST + HOUR), Due(FUTURE, before_extension=PAST), CLONED, "done"),
        (EXERCISE, done(PAST - HOUR, PAST + HOUR), Due(None), CLONED, "done"),
        (EXERCISE, done(PAST + HOUR, NOW), Due(PAST), CLONED, "late"),  # late by its own date
        (EXERCISE, REMOVED, Due(PAST), CLONED, "removed"),
        (EXERCISE, REMOVED, Due(FUTURE), FAILING, "removed"),
        (EXERCISE, None, Due(PAST), FAILING, "failing"),
        (EXERCISE, STARTED, Due(PAST), WAITING, "unsynced"),
        (EXERCISE, STARTED, Due(PAST), CLONED, "overdue"),
        (EXERCISE, None, Due(PAST), None, "overdue"),
        (EXERCISE, STARTED, Due(FUTURE, before_extension=PAST), CLONED, "extended"),
        (EXERCISE, STARTED, Due(FUTURE), CLONED, "started"),
        (EXERCISE, None, Due(FUTURE), CLONED, "todo"),
        (EXERCISE, None, Due(FUTURE), None, "blocked"),
        (TICK, None, Due(FUTURE), None, "todo"),  # a tick needs no repository
        (TICK, None, Due(FUTURE), FAILING, "todo"),
    ],
)
def test_the_first_rule_that_applies_gives_the_status(task, progress, due, repository, key):
    assert status_of(task, progress, due, repository, NOW, unproven_is_late=False).key == key
    late_instead = {"unproven": "unproven-late"}
    strict = status_of(task, progress, due, repository, NOW, unproven_is_late=True)
    assert strict.key == late_instead.get(key, key)


def test_every_status_has_its_own_word_and_an_icon():
    assert len({status.word for status in STATUSES}) == len(STATUSES)
    assert all(status.icon and status.css.startswith("at-") for status in STATUSES)
