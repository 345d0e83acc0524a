"""Shares the fetching processes among servers and people, so that nobody can hold all of them.

A fetch that runs has a slot: its lease, if it was renewed lately. Few are given for one server: three for one that has
answered quickly, one for any other. Servers that are slow or new have two slots together, so they wait behind the quick
ones. The repositories of one student have two. A fetch from a quick server has little time: one that takes longer is
given up without a word, its server is no longer quick, and the fetch starts again in a slot of the slow ones, with all
its time.

Slots are counted under one lock, which `take` holds until the caller's transaction has written the lease. A repository
that gets no slot waits with an empty `queued_at`; `queue_waiting` queues it when a fetch has ended.
"""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Min
from django.utils import timezone

from gitsync.git import transport
from gitsync.git.failures import Reason, TransportFailed
from gitsync.models import FetchHost, LocalCopy, Registration, StarterRepository
from kernel import task_queue

PER_QUICK_HOST, PER_OTHER_HOST, OTHER_HOSTS = 3, 1, 2
PER_STUDENT = 2
QUICK_SECONDS = 20.0  # the time of a fetch from a quick server
SLOW_AFTER = 10.0  # seconds; a contact that took longer was slow, unless it brought SLOW_RATE bytes in each second
SLOW_RATE = 100_000
HOSTS_LOOKED_AT = 100  # in one round of `queue_waiting`
LOCK = ""  # the host of the row that is the lock


class GivenUp(Exception):
    """A fetch from a quick server took too long. It starts again in a slot of the slow servers."""


@dataclass
class Contact:
    """One fetch: how much time it has, and how many bytes arrived."""

    seconds: float
    received: int = 0


def take(local_copy: LocalCopy, host: str, now: datetime) -> bool:
    """Return whether there is a slot for this repository.

    Call it in a transaction, after the lock of the LocalCopy row and before writing its lease.
    """
    _lock()
    running = LocalCopy.objects.being_read(now).exclude(pk=local_copy.pk)
    rows = list(running.values_list("repository_id", "repository__host"))
    if not rows:
        return True
    taken = Counter(running_host for _repository, running_host in rows)
    quick = _quick([host, *taken])
    if taken[host] >= (PER_QUICK_HOST if host in quick else PER_OTHER_HOST):
        return False
    others = sum(count for name, count in taken.items() if name not in quick)
    if host not in quick and others >= OTHER_HOSTS:
        return False
    return not _has_enough(local_copy.repository_id, [repository for repository, _host in rows])


@contextmanager
def contact(host: str) -> Iterator[Contact]:
    """Give the fetch its time, and note whether the server was quick. Raises GivenUp."""
    is_quick = host in _quick([host])
    began, fetch = time.monotonic(), Contact(QUICK_SECONDS if is_quick else transport.DEADLINE_SECONDS)
    try:
        yield fetch
    except TransportFailed as failed:
        if is_quick and failed.reason == Reason.TIMEOUT:
            _record(host, was_quick=False)
            raise GivenUp(host) from failed
        _record(host, was_quick=time.monotonic() - began <= SLOW_AFTER)
        raise
    seconds = time.monotonic() - began
    _record(host, was_quick=seconds <= SLOW_AFTER or fetch.received / seconds >= SLOW_RATE)


def queue_waiting(limit: int) -> None:
    """Queue up to `limit` repositories that wait for a slot: of each server the one that waits longest, quick first."""
    now = timezone.now()
    waiting = LocalCopy.objects.due(now).filter(queued_at=None)
    by_host = waiting.order_by().values("repository__host").annotate(since=Min("dirty_at")).order_by("since")
    hosts = [row["repository__host"] for row in by_host[:HOSTS_LOOKED_AT]]
    quick = _quick(hosts)
    for host in sorted(hosts, key=lambda name: name not in quick)[:limit]:
        oldest = waiting.filter(repository__host=host).order_by("dirty_at", "pk").values_list("pk", "repository_id")
        for pk, repository_id in oldest[:1]:
            if LocalCopy.objects.filter(pk=pk, queued_at=None).update(queued_at=now):
                task_queue.queue("gitsync.tasks.sync_address", repository_id)


def _lock() -> None:
    rows = FetchHost.objects.select_for_update().filter(host=LOCK)
    if not list(rows):
        FetchHost.objects.bulk_create([FetchHost(host=LOCK)], ignore_conflicts=True)
        list(rows)


def _quick(hosts: list[str]) -> set[str]:
    quick = FetchHost.objects.filter(host__in=hosts, quick_contacts__gte=FetchHost.QUICK_AFTER)
    return set(quick.values_list("host", flat=True))


def _has_enough(repository_id: int, running: list[int]) -> bool:
    """Whether everybody who registered this repository has PER_STUDENT fetches running already."""
    students = set(Registration.objects.filter(repository=repository_id).values_list("student_id", flat=True))
    if not students:
        return _teachers_have_enough(repository_id, running)
    rows = Registration.objects.filter(repository__in=running, student__in=students)
    counts = Counter(student for student, _repository in set(rows.values_list("student_id", "repository_id")))
    return all(counts[student] >= PER_STUDENT for student in students)


def _teachers_have_enough(repository_id: int, running: list[int]) -> bool:
    """Whether everybody who named this starter repository has PER_STUDENT fetches of such running already."""
    starters = StarterRepository.objects.filter(repository=repository_id)
    teachers = set(starters.values_list("course__teacher_id", flat=True))
    rows = StarterRepository.objects.filter(repository__in=running, course__teacher_id__in=teachers)
    counts = Counter(teacher for teacher, _repository in set(rows.values_list("course__teacher_id", "repository_id")))
    return bool(teachers) and all(counts[teacher] >= PER_STUDENT for teacher in teachers)


def _record(host: str, *, was_quick: bool) -> None:
    """Note one contact. Most servers are quick and stay so: then nothing is written."""
    rows = FetchHost.objects.filter(host=host)
    current = rows.first()
    if current is None:
        FetchHost.objects.bulk_create([FetchHost(host=host, quick_contacts=int(was_quick))], ignore_conflicts=True)
    elif not was_quick:
        rows.update(quick_contacts=0)
    elif not current.is_quick:
        rows.update(quick_contacts=F("quick_contacts") + 1)
