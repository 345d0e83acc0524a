"""The time of one sync is limited, on the clock and of the processor; the next sync goes on from there."""

import itertools
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone

from gitsync.git import history
from gitsync.models import Commit, LocalCopy
from gitsync.syncing import recording, sync, sync_queue
from gitsync.tests import builders

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def clocks(*, monotonic_ends_after=1e12, cpu_ends_after=1e12):
    """Return a stand-in for the module `time` whose clocks jump to the end after so many commits."""
    steps, cpu_steps = itertools.count(), itertools.count(-1)  # the CPU seconds are read once before all commits
    return SimpleNamespace(
        monotonic=lambda: 1e12 if next(steps) >= monotonic_ends_after else 0.0,
        thread_time=lambda: 1e6 if next(cpu_steps) >= cpu_ends_after else 0.0,
    )


def test_reading_ends_at_the_time_limit_and_the_next_look_goes_on_from_there(work, registration, monkeypatch):
    work.commit("third", a="1\n")
    work.push()
    with monkeypatch.context() as patch:
        patch.setattr(recording, "time", clocks(monotonic_ends_after=2))
        local_copy = builders.sync_now(registration)
    assert (local_copy.status, local_copy.reason) == ("quarantined", "too_slow")
    assert Commit.objects.count() == 2
    reads = []
    read_commit = history.History.read_commit
    monkeypatch.setattr(history.History, "read_commit", lambda self, sha: reads.append(sha) or read_commit(self, sha))
    assert builders.sync_now(registration).status == "ok"
    assert (len(reads), Commit.objects.filter(reachable=True).count()) == (1, 3)


def test_a_repository_that_costs_too_much_is_read_in_parts_and_soon_again(
    work, registration, monkeypatch, time_machine
):
    for number in range(4):
        work.commit(f"{number}", a=f"{number}\n")
    work.push()
    time_machine.move_to(timezone.now(), tick=False)
    for part in range(1, 5):
        with monkeypatch.context() as patch:
            patch.setattr(recording, "time", clocks(cpu_ends_after=1))
            sync_queue.request_sync(registration.repository_id)
            assert sync.sync_repository(registration.repository_id)
        local_copy = LocalCopy.objects.get()
        assert (local_copy.status, local_copy.reason, Commit.objects.count()) == ("quarantined", "too_slow", part)
        wait = local_copy.next_attempt_at - timezone.now()
        assert timedelta(hours=1) <= wait <= timedelta(hours=1.25)  # not a day, as after several attempts without end
        time_machine.shift(wait)
    assert sync.sync_repository(registration.repository_id)
    assert LocalCopy.objects.get().status == "ok"
    assert Commit.objects.filter(reachable=True).count() == 6


def test_a_repository_that_never_gets_further_waits_longer_each_time(work, registration, monkeypatch, time_machine):
    time_machine.move_to(timezone.now(), tick=False)
    monkeypatch.setattr(recording, "CPU_SECONDS", -1.0)
    waits = []
    for _attempt in range(3):
        sync_queue.request_sync(registration.repository_id)
        assert sync.sync_repository(registration.repository_id)
        waits.append(LocalCopy.objects.get().next_attempt_at - timezone.now())
        time_machine.shift(waits[-1])
    assert waits[0] < timedelta(hours=2) < waits[1] < timedelta(hours=8) < waits[2]


def test_a_sync_without_time_left_for_the_fetch_says_so(work, registration, monkeypatch):
    monkeypatch.setattr(sync, "SECONDS", -1.0)
    assert builders.sync_now(registration).reason == "too_slow"
