"""Events reach their dashboards: in order, retried until they are taken, and never lost."""

import threading

import pytest
from django.db import connection, transaction
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


def test_each_target_gets_the_same_event_under_the_same_id(bob, local_dashboard, remote_dashboard):
    emit_numbers(bob, 1)
    assert outbox.drain("local") == outbox.drain("remote") == 1
    assert local_dashboard == [(remote_dashboard.got[0][0], {"_C": "OnPull", "n": 1})]
    assert remote_dashboard.got[0][2] == "Bearer a-token"
    assert outbox.drain("local") == outbox.drain("remote") == 0


def test_without_a_remote_dashboard_it_gets_no_events(bob):
    emit_numbers(bob, 1)
    assert builders.event_kinds("remote") == []


@pytest.mark.parametrize(("dialect", "expected"), [("contract", 2), ("aquiletour", 1)])
def test_the_original_dashboard_gets_no_event_that_would_end_it(
    bob, remote_dashboard, local_dashboard, settings, dialect, expected
):
    settings.WIRE_DIALECT = dialect
    for number, kind in enumerate(("OnCommitModelUpdate", "OnPull")):
        outbox.emit(bob, {"_C": kind, "n": number})
    assert outbox.drain("local") == 2
    assert outbox.drain("remote") == expected
    assert numbers(remote_dashboard.got)[-1] == 1


def test_one_delivery_is_queued_for_a_whole_transaction(bob, queued, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        emit_numbers(bob, 1, 2, 3)
    assert queued == [("gitsync.tasks.deliver", "local")]


def test_a_refused_event_holds_back_later_events_of_its_registration_only(bob, local_dashboard, time_machine):
    time_machine.move_to(timezone.now(), tick=False)
    alice = builders.registration(URL, "alice")
    emit_numbers(bob, 1, 2)
    emit_numbers(alice, 10)
    dashboard.refusals.append(1)
    outbox.drain("local")
    assert numbers(local_dashboard) == [10]
    assert OutboxEvent.objects.get(body__n=1).last_error == "RuntimeError: not now"
    time_machine.shift(6)
    outbox.drain("local")
    assert numbers(local_dashboard) == [10, 1, 2]


def test_a_dashboard_that_is_down_gets_everything_in_order_when_it_is_back(bob, remote_dashboard, time_machine):
    time_machine.move_to(timezone.now(), tick=False)
    alice = builders.registration(URL, "alice")
    emit_numbers(bob, 1, 2)
    emit_numbers(alice, 10, 11)
    for _ in range(20):
        remote_dashboard.statuses = [503]
        outbox.drain("remote")
        assert remote_dashboard.posts <= 40
        time_machine.shift(60)
    assert remote_dashboard.got == []
    remote_dashboard.statuses = []
    time_machine.shift(700)
    outbox.drain("remote")
    assert [n for n in numbers(remote_dashboard.got) if n < 10] == [1, 2]
    assert [n for n in numbers(remote_dashboard.got) if n >= 10] == [10, 11]


def test_a_dashboard_that_does_not_answer_ends_the_round_at_once(bob, settings):
    with dashboard.remote_dashboard() as stopped:
        settings.DASHBOARD_URL = stopped.url
    for student in ("alice", "carol", "dan"):
        emit_numbers(builders.registration(URL, student), 1)
    assert outbox.drain("remote") == 0
    assert sorted(OutboxEvent.objects.filter(target="remote").values_list("attempts", flat=True)) == [0, 0, 1]


def test_an_event_that_is_never_taken_is_dead_and_later_events_go_on(bob, local_dashboard, time_machine, monkeypatch):
    time_machine.move_to(timezone.now(), tick=False)
    monkeypatch.setattr(outbox, "TRIES", 3)
    emit_numbers(bob, 1, 2)
    dashboard.refusals.extend([1] * 3)
    for _ in range(4):
        outbox.drain("local")
        time_machine.shift(700)
    dead = OutboxEvent.objects.get(body__n=1)
    assert dead.dead_at and dead.attempts == 3 and not dead.delivered_at
    assert numbers(local_dashboard) == [2]


@pytest.mark.parametrize("status", [400, 413, 501])
def test_an_event_that_is_refused_for_good_holds_up_no_other(bob, remote_dashboard, status):
    """The original dashboard knows OnPull and answers 400 to it; it must receive the events after it."""
    emit_numbers(bob, 1, 2)
    remote_dashboard.statuses = [status]
    assert outbox.drain("remote") == 1
    assert numbers(remote_dashboard.got) == [2]
    refused = OutboxEvent.objects.get(body__n=1, target="remote")
    assert refused.dead_at and (refused.attempts, refused.last_error) == (1, f"HTTP {status}")


def test_an_event_claimed_by_another_drain_is_not_sent(bob, local_dashboard, time_machine):
    time_machine.move_to(timezone.now(), tick=False)
    emit_numbers(bob, 1, 2)
    assert outbox._claim(OutboxEvent.objects.get(body__n=1), timezone.now())
    outbox.drain("local")
    assert local_dashboard == []
    time_machine.shift(61)  # the other drain has died
    outbox.drain("local")
    assert numbers(local_dashboard) == [1, 2]


def test_the_sweep_queues_a_delivery_only_when_one_is_due(bob, queued, local_dashboard):
    tasks.sweep()
    assert queued == []
    emit_numbers(bob, 1)
    tasks.sweep()
    assert queued == [("gitsync.tasks.deliver", "local")]


@pytest.mark.django_db(transaction=True)
def test_four_drains_at_once_keep_the_order_and_send_each_once(remote_dashboard):
    registrations = [builders.registration(URL, f"student{n}") for n in range(5)]
    for registration in registrations:
        for number in range(12):
            outbox.emit(registration, {"_C": "OnPull", "n": number, "who": registration.pk})

    def drain():
        try:
            while OutboxEvent.objects.filter(target="remote", delivered_at=None).exists():
                outbox.drain("remote")
        finally:
            connection.close()

    threads = [threading.Thread(target=drain) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert remote_dashboard.posts == 60
    for registration in registrations:
        assert [body["n"] for _id, body, _auth in remote_dashboard.got if body["who"] == registration.pk] == list(
            range(12)
        )


def test_waiting_registrations_do_not_hide_those_that_are_due(bob, local_dashboard, monkeypatch):
    monkeypatch.setattr(outbox, "STREAMS", 1)
    emit_numbers(bob, 1)
    dashboard.refusals.append(1)
    outbox.drain("local")
    emit_numbers(builders.registration("https://git.school.example/carol", "carol"), 2)
    assert outbox.is_due("local")
    assert outbox.drain("local") == 1
    assert numbers(local_dashboard)[-1] == 2


def test_a_dashboard_that_is_down_for_long_loses_no_event(bob, remote_dashboard, time_machine, monkeypatch):
    time_machine.move_to(timezone.now(), tick=False)
    monkeypatch.setattr(outbox, "TRIES", 3)
    remote_dashboard.statuses[:] = [503] * 6
    emit_numbers(bob, 1)
    for _attempt in range(6):
        assert outbox.drain("remote") == 0
        time_machine.shift(31)
    assert outbox.drain("remote") == 1
    assert len(remote_dashboard.got) == 1
