"""check_capacity: every machine swept over all that lies ahead, every line held against its reservation.

Read in pages by machine, so that memory does not grow with history; nothing is repaired. What looks wrong is read again
under the machine's lock, so that a booking that moved between two pages is no false alarm.
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
from farm.rules.capacity_sweep import ClosedPart, HeldLine, LineFacts, bad_closure, faults_of_line, overfull
from live.publish import publish

PAGE = 2_000
MOST_KEPT = 200  # faults in the row of a check; the command prints all
KEPT_FOR = timedelta(days=90)
STALE = timedelta(days=2)
GIVEN_UP = timedelta(minutes=15)
SMALL = 20_000  # lines that are checked while somebody waits
COLUMNS = (
    "start", "end", "gpus", "memory_gb", "held", "reservation_id",
    "reservation__start", "reservation__end", "reservation__state",
)  # fmt: skip
log = logging.getLogger("farm.capacity_check")


@dataclass(frozen=True)
class Fault:
    """One violation. `kind` is one of `capacity_faults`; start, end, gpus and memory_gb where they mean something."""

    kind: str
    machine: int | None
    name: str
    start: datetime | None = None
    end: datetime | None = None
    gpus: int = 0
    memory_gb: int = 0
    reservations: list[int] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """As kept in the database and printed by `check_capacity --json`: the machine is the key `resource`."""
        moments = {
            name: value.isoformat() if value else None for name, value in (("start", self.start), ("end", self.end))
        }
        values = {"resource" if name == "machine" else name: value for name, value in asdict(self).items()}
        return values | moments


@dataclass
class Tally:
    machines: int = 0
    lines: int = 0


def faults(tally: Tally, since: datetime | None = None) -> Iterator[Fault]:
    """Every fault of the farm; `tally` counts what was read. `since` also judges the past, by today's capacity."""
    for machine in Machine.objects.order_by("pk"):
        tally.machines += 1
        before = tally.lines
        if next(_of_machine(machine, timezone.now(), since, tally), None) is not None:
            tally.lines = before
            yield from _again_under_lock(machine.pk, since, tally)
    lines = Allocation.objects.filter(reservation=OuterRef("pk"))
    empty = Reservation.objects.filter(~Exists(lines), state__in=HOLDING, end__gt=since or timezone.now())
    for row in empty.order_by("pk"):
        yield Fault("no_machine", None, "", row.start, row.end, reservations=[row.pk])


def _again_under_lock(machine_id: int, since: datetime | None, tally: Tally) -> list[Fault]:
    with transaction.atomic():
        machine = lock([], [machine_id])[machine_id]
        return list(_of_machine(machine, timezone.now(), since, tally))


def _of_machine(machine: Machine, now: datetime, past: datetime | None, tally: Tally) -> Iterator[Fault]:
    """One pass over its lines: each by itself, and those that hold something together."""
    since = past or now
    found: list[Fault] = []
    parts = list(_closed(machine, since, found))
    ahead = _ahead(machine, now, since, tally, found)
    for over in overfull(capacity(machine), ahead, parts, since):
        yield Fault("overbooked", machine.pk, machine.name, *over[:2], *over.missing, over.reservations)
        yield from _taken(found)
    yield from _taken(found)
    if machine.state == Machine.State.RETIRED:
        yield from _on_retired(machine, now)


def _taken(found: list[Fault]) -> list[Fault]:
    taken = found[:]
    found.clear()
    return taken


def _ahead(machine: Machine, now: datetime, since: datetime, tally: Tally, found: list[Fault]) -> Iterator[HeldLine]:
    """The lines that hold something after `since`; what is wrong with any line, over or not, goes to `found`."""
    for line in _lines(machine):
        tally.lines += 1
        for kind in faults_of_line(line, now):
            share = (line.gpus or 0, line.memory_gb or 0)
            found.append(Fault(kind, machine.pk, machine.name, line.start, line.end, *share, [line.reservation]))
        if line.held and line.end > since:
            yield HeldLine(line.start, line.end, line.gpus or 0, line.memory_gb or 0, line.reservation)


def _lines(machine: Machine) -> Iterator[LineFacts]:
    """All of them by their start, a page at a time along the index of bookings; each once."""
    rows = Allocation.objects.filter(machine=machine).order_by("start")
    after: datetime | None = None
    size = PAGE
    while True:
        page = rows.filter(start__gte=after) if after else rows
        read = [LineFacts(*columns) for columns in page.values_list(*COLUMNS)[: size + 1]]
        if len(read) <= size:
            yield from read
            return
        last = read[-1].start
        whole = [line for line in read if line.start < last]  # of the last instant there may be more
        if not whole:  # more than a page of lines begin at one instant
            size *= 2
            continue
        yield from whole
        after, size = last, PAGE


def _closed(machine: Machine, since: datetime, found: list[Fault]) -> Iterator[ClosedPart]:
    rows = Closure.objects.filter(machine=machine, end__gt=since).order_by("start", "pk")
    for columns in rows.values_list("start", "end", "gpus", "memory_gb"):
        part = ClosedPart(*columns)
        if bad_closure(part):
            share = (part.gpus or 0, part.memory_gb or 0)
            found.append(Fault("bad_closure", machine.pk, machine.name, part.start, part.end, *share))
        yield part


def _on_retired(machine: Machine, now: datetime) -> Iterator[Fault]:
    rows = Allocation.objects.held().filter(machine=machine, end__gt=now).order_by("start", "pk")
    for start, end, gpus, memory_gb, reservation in rows.values_list(*COLUMNS[:4], "reservation_id"):
        yield Fault("retired", machine.pk, machine.name, start, end, gpus, memory_gb, [reservation])


# --- a check that is kept ----------------------------------------------------------------------------------------
def begin(asked_by: User | None = None) -> CapacityCheck:
    """A check that has not been made yet; those of long ago are forgotten."""
    now = timezone.now()
    CapacityCheck.objects.filter(started_at__lt=now - KEPT_FOR).delete()
    return CapacityCheck.objects.create(started_at=now, asked_by=asked_by)


def carry_out(check: CapacityCheck) -> CapacityCheck:
    """Sweep the farm and keep what was found. Twice is harmless."""
    if check.finished_at is not None:
        return check
    began, tally = time.monotonic(), Tally()
    kept: list[dict[str, Any]] = []
    count = 0
    for fault in faults(tally):
        count += 1
        if len(kept) < MOST_KEPT:
            kept.append(fault.as_json())
    check.machines, check.lines, check.found, check.faults = tally.machines, tally.lines, count, kept
    check.seconds = round(time.monotonic() - began, 3)
    check.finished_at = timezone.now()
    check.save()
    if count:
        log.error("check_capacity found %s faults: the farm holds more than it has, or rows disagree", count)
    if check.asked_by_id:
        publish(f"person:{check.asked_by_id}")
    return check


def is_small() -> bool:
    """Whether the farm is checked in a moment, while somebody waits."""
    return Allocation.objects.order_by()[: SMALL + 1].count() <= SMALL


@dataclass(frozen=True)
class Alarm:
    """What staff must know: the last check found something, or there has been none for too long."""

    check: CapacityCheck | None  # the last that ended
    running: CapacityCheck | None  # one that somebody asked for
    stale: bool


def alarm(now: datetime) -> Alarm | None:
    """None where all is well."""
    last_one = last()
    begun = CapacityCheck.objects.filter(finished_at=None, started_at__gt=now - GIVEN_UP, asked_by__isnull=False)
    running = begun.order_by("-started_at").first()
    if last_one is not None and last_one.finished_at:
        stale = last_one.finished_at <= now - STALE
    else:
        stale = Reservation.objects.filter(created_at__lte=now - STALE).exists()  # a new farm has nothing to check yet
    found = last_one is not None and last_one.found > 0
    return Alarm(last_one, running, stale) if stale or running or found else None


def last() -> CapacityCheck | None:
    """The last check that ended."""
    return CapacityCheck.objects.exclude(finished_at=None).order_by("-finished_at", "-pk").first()
