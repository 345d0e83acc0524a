"""Events for the dashboard of this installation: the process that emits them also delivers them."""

import pytest
from django.db import transaction
from django.utils import timezone

from gitsync import tasks
from gitsync.events import outbox
from gitsync.models import OutboxEvent
from gitsync.tests import builders, dashboard
from gitsync.tests.dashboard import URL, emit_numbers, numbers

pytestmark = [pytest.mark.django_db, pytest.mark.database, pytest.mark.usefixtures("local_dashboard")]


@pytest.fixture
def bob():
    return builders.registration(URL)


def emit_here(registration, *numbers):
    """Emit events as a worker's sync does: in one transaction, delivered by the same process."""
    with outbox.delivering_here(), transaction.atomic():
        emit_numbers(registration, *numbers)


@pytest.mark.django_db(transaction=True)
def test_a_sync_delivers_to_the_local_dashboard_and_queues_the_remote_one(
    bob, local_dashboard, remote_dashboard, queued
):
    emit_here(bob, 1, 2)
    assert numbers(local_dashboard) == [1, 2]
    assert queued == [("gitsync.tasks.deliver", "remote")]
    assert not OutboxEvent.objects.filter(target="local", delivered_at=None).exists()
    tasks.sweep()
    assert ("gitsync.tasks.deliver", "local") not in queued
    emit_numbers(bob, 3)
    assert ("gitsync.tasks.deliver", "local") in queued, "only events emitted inside the block"


@pytest.mark.django_db(transaction=True)
def test_an_event_that_the_local_dashboard_refuses_is_left_to_the_queue(bob, local_dashboard, queued, time_machine):
    time_machine.move_to(timezone.now(), tick=False)
    dashboard.refusals.append(1)
    emit_here(bob, 1, 2)
    assert (numbers(local_dashboard), queued) == ([], [])
    time_machine.shift(6)
    tasks.sweep()
    assert queued == [("gitsync.tasks.deliver", "local")]
    outbox.drain("local")
    assert numbers(local_dashboard) == [1, 2]


@pytest.mark.django_db(transaction=True)
def test_earlier_events_go_first_and_rolled_back_ones_never(bob, local_dashboard, queued):
    emit_numbers(bob, 1)
    queued.clear()

    def fail():
        with transaction.atomic():
            emit_numbers(bob, 2)
            raise RuntimeError

    with outbox.delivering_here(), transaction.atomic():
        with pytest.raises(RuntimeError):
            fail()
        emit_numbers(bob, 3)
    assert numbers(local_dashboard) == [1, 3]


@pytest.mark.django_db(transaction=True)
def test_the_sweep_delivers_for_a_worker_that_died_after_its_commit(
    bob, local_dashboard, queued, monkeypatch, time_machine
):
    time_machine.move_to(timezone.now(), tick=False)

    class Killed(BaseException):
        pass

    def die(*_):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(outbox, "_send", die)
        with pytest.raises(Killed):
            emit_here(bob, 1)
    time_machine.shift(61)  # its claim on the event has ended
    tasks.sweep()
    assert queued == [("gitsync.tasks.deliver", "local")]
    assert outbox.drain("local") == 1
    assert outbox.drain("local") == 0
    assert numbers(local_dashboard) == [1]


def test_changes_of_a_receiver_that_fails_are_undone(bob, monkeypatch):
    def failing_receiver(event_id, body):
        builders.course("half done")
        raise RuntimeError("after a write")

    monkeypatch.setattr(outbox, "_receiver", lambda: failing_receiver)
    emit_numbers(bob, 1)
    outbox.drain("local")
    assert not type(builders.course()).objects.filter(course_id="half done").exists()
