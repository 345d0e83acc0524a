"""Shares the fetching processes among servers and people, so that nobody can hold all of them.

A fetch that runs has a slot: its lease, if it was renewed lately. A server that has answered quickly has three slots,
any other server has one. All slow and new servers together have two slots, so quick servers need not wait for them. A
fetch from a quick server has only QUICK_SECONDS. When it takes longer, it is stopped without an error and starts again
in a slot for slow servers, with the usual time limit. Its server is no longer quick, unless many bytes came: then only
this repository is large, and the other repositories of the server do not suffer from it.

The repositories of one student have two slots, one of them among the slow ones. A student who has all of them is passed
over, so that their other repositories do not keep those of others waiting.

Slots are counted under one lock, which `take` holds until the caller's transaction has written the lease. A repository
that gets no slot waits with an empty `queued_at`; `queue_waiting` queues it when a fetch has ended.
"""

import time
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db.models import Exists, F, Min, OuterRef, Q, QuerySet
from django.utils import timezone

from gitsync.git import transport
from gitsync.git.failures import Reason, TransportFailed
from gitsync.models import FetchHost, LocalCopy, Registration, StarterRepository
from kernel import task_queue
from kernel.database.compiled import CompiledQuery

PER_QUICK_HOST, PER_OTHER_HOST, OTHER_HOSTS = 3, 1, 2
PER_STUDENT, SLOW_PER_STUDENT = 2, 1
QUICK_SECONDS = 20.0  # the time of a fetch from a quick server
SLOW_AFTER = 10.0  # seconds; a contact that took longer was slow, unless it brought SLOW_RATE bytes in each second
SLOW_RATE = 100_000
Person = int | str  # the primary key of a student, or the wire id of a teacher who handed out a repository
LOCK = ""  # the host of the row that is the lock
HOST = CompiledQuery(lambda host: FetchHost.objects.filter(host=host))
RUNNING = CompiledQuery(
    lambda now, excluding: (
        LocalCopy.objects.being_read(now).exclude(pk=excluding).values_list("repository_id", "repository__host", "slow")
    )
)
ANY_WAITING = CompiledQuery(lambda now: LocalCopy.objects.due(now).filter(queued_at=None).values_list("pk")[:1])
LOCKED_HOST = CompiledQuery(lambda host: FetchHost.objects.select_for_update().filter(host=host))


class GivenUp(Exception):
    """A fetch from a quick server took too long. It starts again in a slot of the slow servers."""


class Fetch(NamedTuple):
    """A fetch that runs, or wants to. `slow` is that of its LocalCopy."""

    repository_id: int
    host: str
    slow: bool

    def is_quick(self, quick_hosts: Collection[str]) -> bool:
        return self.host in quick_hosts and not self.slow


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
    running = _running(now, excluding=local_copy.pk)
    if not running:
        return True
    wanted = Fetch(local_copy.repository_id, host, local_copy.slow)
    quick = _quick({host, *(fetch.host for fetch in running)})
    alike = [fetch for fetch in running if fetch.is_quick(quick) == wanted.is_quick(quick)]
    at_host = sum(fetch.host == host for fetch in alike)
    if wanted.is_quick(quick):
        return at_host < PER_QUICK_HOST and not _have_all(wanted, _full(running, PER_STUDENT))
    if at_host >= PER_OTHER_HOST or len(alike) >= OTHER_HOSTS:
        return False
    return not _have_all(wanted, _full(running, PER_STUDENT) | _full(alike, SLOW_PER_STUDENT))


@contextmanager
def contact(local_copy: LocalCopy, host: str) -> Iterator[Contact]:
    """Give the fetch its time, and note whether the server and the repository were quick. Raises GivenUp."""
    known_host = next(iter(HOST.rows(host)), None)
    is_quick_host = known_host is not None and known_host.is_quick
    is_quick = is_quick_host and not local_copy.slow
    began, fetch = time.monotonic(), Contact(QUICK_SECONDS if is_quick else transport.DEADLINE_SECONDS)
    is_only_large = is_quick_host and local_copy.slow  # that says nothing about its server
    try:
        yield fetch
    except TransportFailed as failed:
        seconds = time.monotonic() - began
        if is_quick and failed.reason == Reason.TIMEOUT:
            _note_slow(local_copy, is_slow=True)
            if failed.received < SLOW_RATE * seconds:
                _record(host, known_host, was_quick=False)
            raise GivenUp(host) from failed
        if not is_only_large:
            _record(host, known_host, was_quick=seconds <= SLOW_AFTER)
        raise
    seconds = time.monotonic() - began
    _note_slow(local_copy, is_slow=local_copy.slow and seconds > QUICK_SECONDS)
    if not is_only_large:
        _record(host, known_host, was_quick=seconds <= SLOW_AFTER or fetch.received / seconds >= SLOW_RATE)


def queue_waiting(limit: int) -> None:
    """Queue up to `limit` repositories that wait for a slot: of each server the one that waits longest, quick first.

    Those of students who have enough fetches running are passed over.
    """
    now = timezone.now()
    waiting = LocalCopy.objects.due(now).filter(queued_at=None)
    if not ANY_WAITING.rows(now):  # as nearly always
        return
    running = _running(now)
    quick_hosts = _quick({fetch.host for fetch in running})
    slow_ones = [fetch for fetch in running if not fetch.is_quick(quick_hosts)]
    full = _full(running, PER_STUDENT)
    known = FetchHost.objects.filter(host=OuterRef("repository__host"), quick_contacts__gte=FetchHost.QUICK_AFTER)
    is_quick = Q(Exists(known), slow=False)
    _queue_by_host(
        limit,
        _of_others(waiting.filter(is_quick), full),
        _of_others(waiting.exclude(is_quick), full | _full(slow_ones, SLOW_PER_STUDENT)),
    )


def _queue_by_host(limit: int, *kinds: "QuerySet[LocalCopy]") -> None:
    """Queue up to `limit` repositories, one for each server of a kind, the first kind first."""
    now = timezone.now()
    for waiting in kinds:
        by_host = waiting.order_by().values("repository__host").annotate(since=Min("dirty_at")).order_by("since")
        for host in [row["repository__host"] for row in by_host[:limit]]:
            oldest = waiting.filter(repository__host=host).order_by("slow", "dirty_at", "pk")
            for pk, repository_id in oldest.values_list("pk", "repository_id")[:1]:
                if LocalCopy.objects.filter(pk=pk, queued_at=None).update(queued_at=now):
                    task_queue.queue("gitsync.tasks.sync_address", repository_id)
                    limit -= 1


def _lock() -> None:
    """Lock the row that a migration has made. Where it is gone, inserting it again makes the others wait."""
    if not LOCKED_HOST.rows(LOCK):
        FetchHost.objects.bulk_create([FetchHost(host=LOCK)], ignore_conflicts=True)


def _running(now: datetime, excluding: int = 0) -> list[Fetch]:
    return [Fetch(*row) for row in RUNNING.rows(now, excluding)]


def _quick(hosts: Iterable[str]) -> set[str]:
    quick = FetchHost.objects.filter(host__in=list(hosts), quick_contacts__gte=FetchHost.QUICK_AFTER)
    return set(quick.values_list("host", flat=True))


def _people(repositories: Iterable[int]) -> set[tuple[Person, int]]:
    """Return (person, repository) for each student who registered it, or else each teacher who handed it out."""
    ids = set(repositories)
    if not ids:
        return set()
    students = set(Registration.objects.filter(repository__in=ids).values_list("student_id", "repository_id"))
    starters = StarterRepository.objects.filter(repository__in=ids - {repository for _student, repository in students})
    return students | set(starters.values_list("course__teacher_id", "repository_id"))


def _full(running: Iterable[Fetch], limit: int) -> set[Person]:
    """Return the people who have so many of these fetches."""
    people = _people(fetch.repository_id for fetch in running)
    counts = Counter(person for person, _repository in people)
    return {person for person, count in counts.items() if count >= limit}


def _have_all(wanted: Fetch, full: set[Person]) -> bool:
    """Whether everybody whose repository this is has as many fetches as they may have."""
    people = {person for person, _repository in _people([wanted.repository_id])} if full else set()
    return bool(people) and people <= full


def _of_others(waiting: "QuerySet[LocalCopy]", full: set[Person]) -> "QuerySet[LocalCopy]":
    """Leave out the repositories for which `_have_all` is true."""
    if not full:
        return waiting
    students = [person for person in full if isinstance(person, int)]
    teachers = [person for person in full if isinstance(person, str)]
    registered = Registration.objects.filter(repository=OuterRef("repository"))
    starters = StarterRepository.objects.filter(repository=OuterRef("repository"))
    of_other_students = Exists(registered.exclude(student__in=students))
    of_other_teachers = Exists(starters.exclude(course__teacher_id__in=teachers)) | ~Exists(starters)
    return waiting.filter(of_other_students | ~Exists(registered) & of_other_teachers)


def _note_slow(local_copy: LocalCopy, *, is_slow: bool) -> None:
    if local_copy.slow != is_slow:
        LocalCopy.objects.filter(pk=local_copy.pk).update(slow=is_slow)
        local_copy.slow = is_slow


def _record(host: str, known_host: FetchHost | None, *, was_quick: bool) -> None:
    """Record one contact; write nothing for a server that was quick and stays quick.

    known_host: the row of the server when the contact began; None without one.
    """
    rows = FetchHost.objects.filter(host=host)
    if known_host is None:
        FetchHost.objects.bulk_create([FetchHost(host=host, quick_contacts=int(was_quick))], ignore_conflicts=True)
    elif not was_quick:
        rows.update(quick_contacts=0)
    elif not known_host.is_quick:
        rows.update(quick_contacts=F("quick_contacts") + 1)
