"""Fetches share the processes: few for one server or student, few for all slow and new servers together."""

import time
from datetime import timedelta

import pytest
from django.utils import timezone

from gitsync.git import transport
from gitsync.git.failures import Reason, TransportFailed
from gitsync.models import FetchHost, LocalCopy
from gitsync.models.repositories import LONGEST_LEASE, LONGEST_SPACING, LONGEST_WAIT, RENEWED_WITHIN
from gitsync.syncing import lease, retry_delays, slots, sync, sync_queue
from gitsync.tasks import sweep
from gitsync.tests import builders
from gitsync.tests.hostile import drip, pack_server, raw_server
from kernel.testing.threads import run_at_once

pytestmark = [pytest.mark.django_db, pytest.mark.database]
SYNC = "gitsync.tasks.sync_address"


def due(host, student, name="r"):
    """Return the id of a repository at this server whose sync is due."""
    registration = builders.registration(f"https://{host}/x/{name}", student, repo_path=f"/{host}-{name}")
    sync_queue.request_sync(registration.repository_id)
    return registration.repository_id


def class_at(host, count):
    """Return repositories of as many students at one server."""
    return [due(host, f"{host}-{number}", f"r{number}") for number in range(count)]


def quick(*hosts):
    FetchHost.objects.bulk_create(FetchHost(host=host, quick_contacts=FetchHost.QUICK_AFTER) for host in hosts)


def started(*repository_ids):
    """Return how many of these repositories get a slot."""
    return sum(lease.claim(repository_id) is not None for repository_id in repository_ids)


def test_a_quick_server_has_three_slots_and_a_new_one_has_one():
    quick("quick.example")
    assert started(*class_at("quick.example", 6)) == 3
    assert started(*class_at("new.example", 6)) == 1


def test_slow_and_new_servers_share_two_slots_and_leave_the_others_to_quick_ones():
    quick("quick.example")
    strangers = [due(f"host{number}.example", f"s{number}") for number in range(20)]
    assert started(*strangers) == 2
    assert started(*class_at("quick.example", 3)) == 3


def test_twenty_addresses_of_one_student_hold_two_slots():
    hosts = [f"quick{number}.example" for number in range(20)]
    quick(*hosts, "school.example")
    assert started(*(due(host, "mallory") for host in hosts)) == 2
    assert started(due("school.example", "alice"), due("school.example", "bob", "other")) == 2


def test_one_student_holds_one_of_the_two_slots_of_slow_servers():
    hosts = [f"slow{number}.example" for number in range(20)]
    assert started(*(due(host, "mallory") for host in hosts)) == 1
    assert started(due("school.example", "alice")) == 1


def test_a_student_with_many_repositories_at_a_forge_does_not_keep_others_waiting(queued):
    """Mallory's repositories wait longer, but she has enough: a free slot goes to alice."""
    quick("forge.example")
    many = [due("forge.example", "mallory", f"r{number}") for number in range(20)]
    assert started(*many) == 2
    last = due("forge.example", "bob", "last")
    assert started(last) == 1
    late = due("forge.example", "alice", "late")
    assert started(late) == 0
    LocalCopy.objects.filter(repository_id__in=many).update(queued_at=None)
    LocalCopy.objects.filter(repository_id=last).update(lease_until=None)
    queued.clear()
    slots.queue_waiting(2)
    assert queued == [(SYNC, late)]


def test_one_student_with_many_slow_servers_does_not_keep_others_waiting(queued):
    slow = [due(f"slow{number}.example", "mallory") for number in range(20)]
    assert started(*slow) == 1
    late = due("school.example", "alice")
    LocalCopy.objects.update(queued_at=None)
    queued.clear()
    slots.queue_waiting(10)
    assert queued == [(SYNC, late)]


def time_of_failing(local_copy, failed):
    """Let a contact fail in this way; return how much time it had."""
    times = []
    failures = pytest.raises((TransportFailed, slots.GivenUp))
    with failures, slots.contact(local_copy, "forge.example") as contact:
        times.append(contact.seconds)
        raise failed
    return times[0]


def test_a_large_repository_waits_among_the_slow_and_its_forge_stays_quick():
    quick("forge.example")
    large, others = due("forge.example", "mallory", "large"), class_at("forge.example", 3)
    local_copy = LocalCopy.objects.get(repository_id=large)
    timeout = TransportFailed(Reason.TIMEOUT, received=1_000_000_000)
    assert time_of_failing(local_copy, timeout) == slots.QUICK_SECONDS
    assert FetchHost.objects.get(host="forge.example").is_quick
    assert started(large, *others) == 4
    for failed in (timeout, TransportFailed(Reason.TIMEOUT)):  # it has all its time now, and its forge no blame
        assert time_of_failing(local_copy, failed) == transport.DEADLINE_SECONDS
    assert FetchHost.objects.get(host="forge.example").is_quick
    with slots.contact(local_copy, "forge.example"):
        pass
    assert not LocalCopy.objects.get(repository_id=large).slow


def two_megabytes_a_second():
    while True:
        time.sleep(0.01)
        yield b"x" * 20_000


def test_a_forge_that_sends_a_large_repository_for_long_stays_quick(settings, monkeypatch):
    with pack_server(two_megabytes_a_second) as host:
        settings.GIT_LOCAL_SERVERS = frozenset({host})
        quick(host)
        monkeypatch.setattr(slots, "QUICK_SECONDS", 0.5)
        registration = builders.registration(f"http://{host}/x")
        sync_queue.request_sync(registration.repository_id)
        assert sync.sync_repository(registration.repository_id)
    local_copy = LocalCopy.objects.get()
    assert (local_copy.reason, local_copy.slow) == ("", True)
    assert FetchHost.objects.get(host=host).is_quick


def test_a_repository_of_several_students_waits_only_when_all_of_them_have_enough():
    quick("a.example", "b.example", "c.example")
    shared = due("c.example", "mallory")
    builders.registration("https://c.example/x/r", "alice", repo_path="/shared")
    assert started(due("a.example", "mallory"), due("b.example", "mallory")) == 2
    assert started(shared) == 1


def test_the_slot_of_a_dead_worker_is_free_again_soon(time_machine):
    time_machine.move_to(timezone.now(), tick=False)
    first, second = class_at("new.example", 2)
    assert started(first, second) == 1
    time_machine.shift(RENEWED_WITHIN.total_seconds() + 1)
    assert started(second) == 1


@pytest.mark.django_db(transaction=True)
def test_claims_at_once_never_get_more_slots_than_there_are():
    quick("quick.example")
    at_quick, at_new = class_at("quick.example", 10), class_at("new.example", 10)
    claims = run_at_once(lambda number: lease.claim([*at_quick, *at_new][number]), 20)
    assert sum(claim is not None for claim in claims[:10]) == 3
    assert sum(claim is not None for claim in claims[10:]) == 1


def test_a_repository_without_a_slot_waits_and_is_queued_when_a_fetch_has_ended(queued):
    first, second = class_at("new.example", 2)
    claim = lease.claim(first)
    assert lease.claim(second) is None
    assert LocalCopy.objects.get(repository_id=second).queued_at is None
    queued.clear()
    sweep()
    assert queued.count((SYNC, second)) == 1  # its slot may be free by then: a claim is cheap
    lease.release(claim, dirty=False)
    LocalCopy.objects.filter(repository_id=second).update(queued_at=None)
    queued.clear()
    slots.queue_waiting(2)
    slots.queue_waiting(2)
    assert queued == [(SYNC, second)]


def test_repositories_of_quick_servers_are_queued_first(queued):
    slow = [due(f"slow{number}.example", f"s{number}") for number in range(5)]
    quick("quick.example")
    late = due("quick.example", "alice")
    LocalCopy.objects.update(queued_at=None)
    queued.clear()
    slots.queue_waiting(1)
    assert queued == [(SYNC, late)]
    slots.queue_waiting(3)
    assert len(queued) == 4
    assert set(queued[1:]) <= {(SYNC, repository_id) for repository_id in slow}


def test_a_server_becomes_quick_after_three_quick_contacts(work, registration):
    host = registration.repository.host
    for number in range(4):
        assert LocalCopy.objects.exists()
        assert bool(FetchHost.objects.filter(host=host, quick_contacts__gte=3)) is (number >= 3)
        builders.sync_now(registration)


def test_a_quick_server_that_becomes_slow_loses_its_slots_without_an_error(settings, monkeypatch, queued):
    with raw_server(drip) as host:
        settings.GIT_LOCAL_SERVERS = frozenset({host})
        quick(host)
        monkeypatch.setattr(slots, "QUICK_SECONDS", 0.3)
        registration = builders.registration(f"http://{host}/x")
        sync_queue.request_sync(registration.repository_id)
        queued.clear()
        assert sync.sync_repository(registration.repository_id)
        local_copy = LocalCopy.objects.get()
        assert (local_copy.dirty, local_copy.attempts, local_copy.lease_token) == (True, 0, None)
        assert (local_copy.status, local_copy.reason) == (LocalCopy.Status.NEW, "")
        assert builders.event_kinds() == []
        assert FetchHost.objects.get(host=host).quick_contacts == 0
        assert queued == [(SYNC, registration.repository_id)]
        monkeypatch.setattr(transport, "DEADLINE_SECONDS", 0.3)
        assert sync.sync_repository(registration.repository_id)
        assert LocalCopy.objects.get().reason == "timeout"
        assert builders.event_kinds() == ["OnCloneFailed"]


def test_a_slow_contact_is_one_that_took_long_and_brought_little(monkeypatch):
    quick("host.example")
    moments = iter([0.0, slots.SLOW_AFTER + 10, 100.0, 100.0 + slots.SLOW_AFTER + 10])
    due("host.example", "alice")
    local_copy = LocalCopy.objects.get()
    monkeypatch.setattr(slots.time, "monotonic", lambda: next(moments))
    with slots.contact(local_copy, "host.example") as contact:
        contact.received = 50_000_000
    assert FetchHost.objects.get(host="host.example").is_quick
    with slots.contact(local_copy, "host.example") as contact:
        contact.received = 1000
    assert not FetchHost.objects.get(host="host.example").is_quick


def test_the_longest_times_of_the_model_are_those_of_the_commands():
    assert lease.LEASE == LONGEST_LEASE
    assert sync_queue.SYNC_SPACING == LONGEST_SPACING
    assert max(*retry_delays.BACKOFF, *retry_delays.SLOW_BACKOFF) * 1.25 <= LONGEST_WAIT
    assert timedelta(seconds=2 * lease.RENEW_SECONDS) < RENEWED_WITHIN
