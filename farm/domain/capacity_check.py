"""check_capacity: sweep the future of each machine, check each allocation.

Rows are read in pages by machine, so that memory does not grow with history. Nothing is repaired. A machine with a
fault is read again under its lock, so that a reservation that moved between two pages is no false alarm.
"""

import logging
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from accounts.models import User
from farm.domain.locks import lock
from farm.models import Allocation, CapacityCheck, Closure, Machine, Reservation
from farm.models.states import HOLDING
from farm.queries.occupancy import capacity
from farm.rules.capacity_sweep import (
    AllocationFacts,
    ClosureFacts,
    HeldAllocation,
    allocation_faults,
    find_overbookings,
    is_bad_closure,
)
from kernel.database.wrong_clock import is_too_far_ahead, too_far_ahead
from live.publish import publish

PAGE_SIZE = 2_000
MAX_FAULTS_KEPT = 200  # in the row of a check; the command prints all
KEPT_FOR = timedelta(days=90)
STALE_AFTER = timedelta(days=2)
GIVEN_UP_AFTER = timedelta(minutes=15)
SMALL_FARM = 20_000  # allocations that are checked within the request
COLUMNS = (
    "start", "end", "gpus", "memory_gb", "held", "reservation_id",
    "reservation__start", "reservation__end", "reservation__state",
)  # fmt: skip
log = logging.getLogger("farm.capacity_check")


@dataclass(frozen=True)
class Fault:
    """One violation. `kind` is a key of farm/pages/capacity_faults.py.

    Start, end and quantities are set where they apply.
    """

    kind: str
    machine: int | None
    name: str
    start: datetime | None = None
    end: datetime | None = None
    gpus: int = 0
    memory_gb: int = 0
    reservations: list[int] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Return the values for the database and for `check_capacity --json`.

        The machine has the key `resource`.
        """
        moments = {
            name: value.isoformat() if value else None for name, value in (("start", self.start), ("end", self.end))
        }
        values = {"resource" if name == "machine" else name: value for name, value in asdict(self).items()}
        return values | moments


@dataclass
class CheckCounts:
    machines: int = 0
    allocations: int = 0


def find_faults(counts: CheckCounts, since: datetime | None = None) -> Iterator[Fault]:
    """Yield every fault of the farm, and count the rows that were read in `counts`.

    `since` also judges the past from there, by the capacities and closures of today.
    """
    for machine in Machine.objects.order_by("pk"):
        counts.machines += 1
        before = counts.allocations
        if next(_machine_faults(machine, timezone.now(), since, counts), None) is not None:
            counts.allocations = before
            yield from _faults_under_lock(machine.pk, since, counts)
    allocations = Allocation.objects.filter(reservation=OuterRef("pk"))
    empty = Reservation.objects.filter(~Exists(allocations), state__in=HOLDING, end__gt=since or timezone.now())
    for row in empty.order_by("pk"):
        yield Fault("no_machine", None, "", row.start, row.end, reservations=[row.pk])


def _faults_under_lock(machine_id: int, since: datetime | None, counts: CheckCounts) -> list[Fault]:
    with transaction.atomic():
        machine = lock([], [machine_id])[machine_id]
        return list(_machine_faults(machine, timezone.now(), since, counts))


def _machine_faults(machine: Machine, now: datetime, past: datetime | None, counts: CheckCounts) -> Iterator[Fault]:
    """Read the allocations of a machine once; judge each alone and the held ones together."""
    since = past or now
    row_faults: list[Fault] = []
    closures = list(_read_closures(machine, since, row_faults))
    held = _read_held(machine, now, since, counts, row_faults)
    for over in find_overbookings(capacity(machine), held, closures, since):
        yield Fault("overbooked", machine.pk, machine.name, *over[:2], *over.missing, over.reservations)
        yield from _pop_all(row_faults)
    yield from _pop_all(row_faults)
    if machine.state == Machine.State.RETIRED:
        yield from _faults_of_retired(machine, now)


def _pop_all(faults: list[Fault]) -> list[Fault]:
    popped = faults[:]
    faults.clear()
    return popped


def _read_held(
    machine: Machine, now: datetime, since: datetime, counts: CheckCounts, faults: list[Fault]
) -> Iterator[HeldAllocation]:
    """Yield the held allocations that end after `since`.

    Appends the faults of every allocation to `faults`.
    """
    for row in _read_allocations(machine):
        counts.allocations += 1
        for kind in allocation_faults(row, now):
            share = (row.gpus or 0, row.memory_gb or 0)
            faults.append(Fault(kind, machine.pk, machine.name, row.start, row.end, *share, [row.reservation]))
        if row.held and row.end > since:
            yield HeldAllocation(row.start, row.end, row.gpus or 0, row.memory_gb or 0, row.reservation)


def _read_allocations(machine: Machine) -> Iterator[AllocationFacts]:
    """Yield each allocation of a machine once, by start.

    Reads one page of the index at a time.
    """
    rows = Allocation.objects.filter(machine=machine).order_by("start")
    after: datetime | None = None
    size = PAGE_SIZE
    while True:
        page = rows.filter(start__gte=after) if after else rows
        read = [AllocationFacts(*columns) for columns in page.values_list(*COLUMNS)[: size + 1]]
        if len(read) <= size:
            yield from read
            return
        last = read[-1].start
        complete = [row for row in read if row.start < last]  # at the last instant there may be more on the next page
        if not complete:  # more than a page of allocations begin at one instant
            size *= 2
            continue
        yield from complete
        after, size = last, PAGE_SIZE


def _read_closures(machine: Machine, since: datetime, faults: list[Fault]) -> Iterator[ClosureFacts]:
    rows = Closure.objects.filter(machine=machine, end__gt=since).order_by("start", "pk")
    for columns in rows.values_list("start", "end", "gpus", "memory_gb"):
        closure = ClosureFacts(*columns)
        if is_bad_closure(closure):
            share = (closure.gpus or 0, closure.memory_gb or 0)
            faults.append(Fault("bad_closure", machine.pk, machine.name, closure.start, closure.end, *share))
        yield closure


def _faults_of_retired(machine: Machine, now: datetime) -> Iterator[Fault]:
    rows = Allocation.objects.held().filter(machine=machine, end__gt=now).order_by("start", "pk")
    for start, end, gpus, memory_gb, reservation in rows.values_list(*COLUMNS[:4], "reservation_id"):
        yield Fault("retired", machine.pk, machine.name, start, end, gpus, memory_gb, [reservation])


# --- checks that are kept in the database ------------------------------------------------------------------------
def create_check(requested_by: User | None = None) -> CapacityCheck:
    """Create the row of a check that has not run yet, and delete rows older than KEPT_FOR."""
    now = timezone.now()
    CapacityCheck.objects.filter(started_at__lt=now - KEPT_FOR).delete()
    return CapacityCheck.objects.create(started_at=now, asked_by=requested_by)


def run_check(check: CapacityCheck) -> CapacityCheck:
    """Check the farm and save the result in the row. A check that has ended is not run again."""
    if check.finished_at is not None:
        return check
    began, counts = time.monotonic(), CheckCounts()
    kept: list[dict[str, Any]] = []
    total = 0
    for fault in find_faults(counts):
        total += 1
        if len(kept) < MAX_FAULTS_KEPT:
            kept.append(fault.as_json())
    check.machines, check.lines, check.found, check.faults = counts.machines, counts.allocations, total, kept
    check.seconds = round(time.monotonic() - began, 3)
    check.finished_at = timezone.now()
    check.save()
    if total:
        log.error("check_capacity found %s faults: the farm holds more than it has, or rows disagree", total)
    if check.asked_by_id:
        publish(f"person:{check.asked_by_id}")
    return check


def is_small_farm() -> bool:
    """Whether a check takes only a moment, so that a request can wait for it."""
    return Allocation.objects.order_by()[: SMALL_FARM + 1].count() <= SMALL_FARM


@dataclass(frozen=True)
class Alarm:
    """Shown to staff: faults in the last check, a check that runs, or none for too long."""

    check: CapacityCheck | None  # the last one that ended
    running: CapacityCheck | None  # requested by a person
    stale: bool


def current_alarm(now: datetime) -> Alarm | None:
    """Return None when all is well."""
    last = last_check()
    unfinished = CapacityCheck.objects.filter(
        finished_at=None, started_at__gt=now - GIVEN_UP_AFTER, asked_by__isnull=False
    ).exclude(too_far_ahead("started_at", now))
    running = unfinished.order_by("-started_at").first()
    if last is not None and last.finished_at:
        stale = last.finished_at <= now - STALE_AFTER or is_too_far_ahead(last.finished_at, now)
    else:
        stale = Reservation.objects.filter(created_at__lte=now - STALE_AFTER).exists()  # a new farm needs no check yet
    has_faults = last is not None and last.found > 0
    return Alarm(last, running, stale) if stale or running or has_faults else None


def last_check() -> CapacityCheck | None:
    """Return the last check that ended."""
    return CapacityCheck.objects.exclude(finished_at=None).order_by("-finished_at", "-pk").first()
