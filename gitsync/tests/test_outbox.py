"""Events reach their dashboards: once each in the dashboard's eyes, in order, and never lost."""

import threading

import pytest
from django.db import connection, transaction
from django.utils import timezone

from gitsync import tasks
from gitsync.events import outbox
from gitsync.models import OutboxEvent
from gitsync.tests import builders, dashboard

pytestmark = [pytest.mark.django_db, pytest.mark.database]
URL = "https://git.school.example/bob"


@pytest.fixture(autouse=True)
def local(settings):
    settings.GITSYNC_RECEIVER = "gitsync.tests.dashboard.receive"
    dashboard.received.clear()
    dashboard.refusals.clear()
    return dashboard.received


@pytest.fixture
def remote(settings):
    with dashboard.remote_dashboard() as remote:
        settings.DASHBOARD_URL, settings.DASHBOARD_TOKEN = remote.url, "a-token"
        yield remote


@pytest.fixture
def bob():
    return builders.registration(URL)


def owe(registration, *numbers):
    for number in numbers:
        outbox.emit(registration, {"_C": "OnPull", "n": number})


def numbers(got):
    return [body["n"] for _id, body, *_ in got]


def test_each_target_gets_the_same_event_under_the_same_id(bob, local, remote):
    owe(bob, 1)
    assert outbox.drain("local") == outbox.drain("remote") == 1
    assert local == [(remote.got[0][0], {"_C": "OnPull", "n": 1})]
    assert remote.got[0][2] == "Bearer a-token"
    assert outbox.drain("local") == outbox.drain("remote") == 0


def test_without_a_remote_dashboard_nothing_is_owed_to_one(bob):
    owe(bob, 1)
    assert builders.event_kinds("remote") == []


@pytest.mark.parametrize(("dialect", "expected"), [("contract", 2), ("aquiletour", 1)])
def test_the_original_dashboard_hears_nothing_that_would_end_it(bob, remote, local, settings, dialect, expected):
    settings.WIRE_DIALECT = dialect
    for number, kind in enumerate(("OnCommitModelUpdate", "OnPull")):
        outbox.emit(bob, {"_C": kind, "n": number})
    assert outbox.drain("local") == 2
    assert outbox.drain("remote") == expected
    assert numbers(remote.got)[-1] == 1


def test_one_delivery_is_queued_for_a_whole_transaction(bob, queued, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        owe(bob, 1, 2, 3)
    assert queued == [("gitsync.tasks.deliver", "local")]


def emit_here(registration, *numbers):
    """As a worker's sync: in one transaction, and delivered by the process that emits."""
    with outbox.delivering_here(), transaction.atomic():
        owe(registration, *numbers)


@pytest.mark.django_db(transaction=True)
def test_a_sync_tells_our_own_dashboard_itself_and_queues_what_goes_elsewhere(bob, local, remote, queued):
    emit_here(bob, 1, 2)
    assert numbers(local) == [1, 2]
    assert queued == [("gitsync.tasks.deliver", "remote")]
    assert not OutboxEvent.objects.filter(target="local", delivered_at=None).exists()
    tasks.sweep()
    assert ("gitsync.tasks.deliver", "local") not in queued
    owe(bob, 3)
    assert ("gitsync.tasks.deliver", "local") in queued, "only what was emitted within"


@pytest.mark.django_db(transaction=True)
def test_what_our_own_dashboard_refuses_then_is_left_to_the_queue(bob, local, queued, time_machine):
    time_machine.move_to(timezone.now(), tick=False)
    dashboard.refusals.append(1)
    emit_here(bob, 1, 2)
    assert (numbers(local), queued) == ([], [])
    time_machine.shift(6)
    tasks.sweep()
    assert queued == [("gitsync.tasks.deliver", "local")]
    outbox.drain("local")
    assert numbers(local) == [1, 2]


@pytest.mark.django_db(transaction=True)
def test_events_that_came_before_go_first_and_nothing_goes_that_was_rolled_back(bob, local, queued):
    owe(bob, 1)
    queued.clear()

    def fail():
        with transaction.atomic():
            owe(bob, 2)
            raise RuntimeError

    with outbox.delivering_here(), transaction.atomic():
        with pytest.raises(RuntimeError):
            fail()
        owe(bob, 3)
    assert numbers(local) == [1, 3]


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_dies_between_its_commit_and_the_delivery_leaves_it_to_the_sweep(
    bob, local, queued, monkeypatch, time_machine
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
    time_machine.shift(61)  # its hold on the event is over
    tasks.sweep()
    assert queued == [("gitsync.tasks.deliver", "local")]
    assert outbox.drain("local") == 1
    assert outbox.drain("local") == 0
    assert numbers(local) == [1]


def test_a_refused_event_holds_back_those_behind_it_but_not_other_registrations(bob, local, time_machine):
    time_machine.move_to(timezone.now(), tick=False)
    alice = builders.registration(URL, "alice")
    owe(bob, 1, 2)
    owe(alice, 10)
    dashboard.refusals.append(1)
    outbox.drain("local")
    assert numbers(local) == [10]
    assert OutboxEvent.objects.get(body__n=1).last_error == "RuntimeError: not now"
    time_machine.shift(6)
    outbox.drain("local")
    assert numbers(local) == [10, 1, 2]


def test_a_dashboard_that_is_down_gets_everything_in_order_when_it_is_back(bob, remote, time_machine):
    time_machine.move_to(timezone.now(), tick=False)
    alice = builders.registration(URL, "alice")
    owe(bob, 1, 2)
    owe(alice, 10, 11)
    for _ in range(20):
        remote.statuses = [503]
        outbox.drain("remote")
        assert remote.posts <= 40
        time_machine.shift(60)
    assert remote.got == []
    remote.statuses = []
    time_machine.shift(700)
    outbox.drain("remote")
    assert [n for n in numbers(remote.got) if n < 10] == [1, 2]
    assert [n for n in numbers(remote.got) if n >= 10] == [10, 11]


def test_a_dashboard_that_is_away_stops_the_round_at_once(bob, settings):
    with dashboard.remote_dashboard() as gone:
        settings.DASHBOARD_URL = gone.url
    for student in ("alice", "carol", "dan"):
        owe(builders.registration(URL, student), 1)
    assert outbox.drain("remote") == 0
    assert sorted(OutboxEvent.objects.filter(target="remote").values_list("attempts", flat=True)) == [0, 0, 1]


def test_an_event_that_is_never_taken_is_set_aside_and_those_behind_it_go_on(bob, local, time_machine, monkeypatch):
    time_machine.move_to(timezone.now(), tick=False)
    monkeypatch.setattr(outbox, "TRIES", 3)
    owe(bob, 1, 2)
    dashboard.refusals.extend([1] * 3)
    for _ in range(4):
        outbox.drain("local")
        time_machine.shift(700)
    dead = OutboxEvent.objects.get(body__n=1)
    assert dead.dead_at and dead.attempts == 3 and not dead.delivered_at
    assert numbers(local) == [2]


@pytest.mark.parametrize("status", [400, 413, 501])
def test_what_a_dashboard_refuses_for_good_holds_up_nothing(bob, remote, status):
    """The original dashboard answers 400 to OnPull, which it knows and has no use for; what follows it must hear."""
    owe(bob, 1, 2)
    remote.statuses = [status]
    assert outbox.drain("remote") == 1
    assert numbers(remote.got) == [2]
    refused = OutboxEvent.objects.get(body__n=1, target="remote")
    assert refused.dead_at and (refused.attempts, refused.last_error) == (1, f"HTTP {status}")


def test_what_a_receiver_did_before_it_failed_is_undone(bob, monkeypatch):
    def half(event_id, body):
        builders.course("half done")
        raise RuntimeError("after a write")

    monkeypatch.setattr(outbox, "_receiver", lambda: half)
    owe(bob, 1)
    outbox.drain("local")
    assert not type(builders.course()).objects.filter(course_id="half done").exists()


def test_an_event_that_another_drain_is_sending_is_left_alone(bob, local, time_machine):
    time_machine.move_to(timezone.now(), tick=False)
    owe(bob, 1, 2)
    assert outbox._claim(OutboxEvent.objects.get(body__n=1), timezone.now())
    outbox.drain("local")
    assert local == []
    time_machine.shift(61)  # that one died
    outbox.drain("local")
    assert numbers(local) == [1, 2]


def test_the_sweep_queues_a_delivery_only_when_one_is_due(bob, queued, local):
    tasks.sweep()
    assert queued == []
    owe(bob, 1)
    tasks.sweep()
    assert queued == [("gitsync.tasks.deliver", "local")]


@pytest.mark.django_db(transaction=True)
def test_four_drains_at_once_keep_the_order_and_send_each_once(remote):
    everybody = [builders.registration(URL, f"student{n}") for n in range(5)]
    for registration in everybody:
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
    assert remote.posts == 60
    for registration in everybody:
        assert [body["n"] for _id, body, _auth in remote.got if body["who"] == registration.pk] == list(range(12))


def test_streams_that_wait_do_not_hide_those_that_could_go(bob, local, monkeypatch):
    monkeypatch.setattr(outbox, "STREAMS", 1)
    owe(bob, 1)
    dashboard.refusals.append(1)
    outbox.drain("local")
    owe(builders.registration("https://git.school.example/carol", "carol"), 2)
    assert outbox.is_due("local")
    assert outbox.drain("local") == 1
    assert numbers(local)[-1] == 2


def test_a_dashboard_that_is_down_for_long_is_heard_soon_and_nothing_is_set_aside(
    bob, remote, time_machine, monkeypatch
):
    time_machine.move_to(timezone.now(), tick=False)
    monkeypatch.setattr(outbox, "TRIES", 3)
    remote.statuses[:] = [503] * 6
    owe(bob, 1)
    for _knock in range(6):
        assert outbox.drain("remote") == 0
        time_machine.shift(31)
    assert outbox.drain("remote") == 1
    assert len(remote.got) == 1
