"""The rules of check_capacity: overbookings, and faults of allocations and closures.

Pure. Allocations and closures come sorted by start and are read once. So the whole future of a machine needs no more
memory than the rows of one instant.
"""

import heapq
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from farm.models import MAX_SPAN
from farm.models.states import HOLDING, KEPT, State
from farm.rules.availability import Share

MAX_NAMED = 20  # reservations that one fault names


class HeldAllocation(NamedTuple):
    start: datetime
    end: datetime
    gpus: int
    memory_gb: int
    reservation: int


class ClosureFacts(NamedTuple):
    """A closure as stored: `gpus` and `memory_gb` of None mean all of the machine."""

    start: datetime
    end: datetime
    gpus: int | None
    memory_gb: int | None


class AllocationFacts(NamedTuple):
    """An allocation as stored, with the span and state of its reservation."""

    start: datetime
    end: datetime
    gpus: int | None
    memory_gb: int | None
    held: bool
    reservation: int
    reservation_start: datetime
    reservation_end: datetime
    state: str


class Overbooking(NamedTuple):
    """From `start` to `end` more is held than there is, by these reservations.

    `missing` is the most at any instant.
    """

    start: datetime
    end: datetime
    missing: Share
    reservations: list[int]


def find_overbookings(
    capacity: Share, allocations: Iterable[HeldAllocation], closures: Iterable[ClosureFacts], since: datetime
) -> Iterator[Overbooking]:
    """Yield each unbroken stretch from `since` on in which too much is held.

    Too much is more than the capacity minus the closures. Closures reduce the capacity, but never below 0: two that
    overlap do not count twice. A negative quantity, which only a broken row has, adds no capacity.
    """
    openings = heapq.merge(_openings(allocations, capacity, since, 0), _openings(closures, capacity, since, 2))
    endings: list[tuple[datetime, int, int, int, int]] = []
    taken = [0, 0, 0, 0]  # GPUs and memory of allocations, GPUs and memory of closures
    active: dict[int, int] = {}
    stretch: _OpenStretch | None = None
    upcoming = next(openings, None)
    while upcoming is not None or endings:
        instant = min(upcoming[0] if upcoming else endings[0][0], endings[0][0] if endings else upcoming[0])  # type: ignore[index]
        # Apply the endings and openings of this instant before judging it: back-to-back spans never add up.
        while endings and endings[0][0] == instant:
            _apply(taken, active, endings[0][1:], -1)
            heapq.heappop(endings)
        while upcoming is not None and upcoming[0] == instant:
            heapq.heappush(endings, upcoming[1:])
            _apply(taken, active, upcoming[2:], 1)
            upcoming = next(openings, None)
        missing = Share(
            max(0, taken[0] - max(0, capacity.gpus - taken[2])),
            max(0, taken[1] - max(0, capacity.memory_gb - taken[3])),
        )
        if missing == (0, 0):
            if stretch:
                yield stretch.close(instant)
            stretch = None
        else:
            stretch = stretch or _OpenStretch(instant)
            stretch.add(missing, active)


class _OpenStretch:
    """An overbooking that has not ended yet in the sweep."""

    def __init__(self, start: datetime) -> None:
        self.start = start
        self.most = Share(0, 0)
        self.reservations: set[int] = set()

    def add(self, missing: Share, active: dict[int, int]) -> None:
        self.most = self.most.joined(missing)
        for reservation in active:
            if len(self.reservations) == MAX_NAMED:
                break
            self.reservations.add(reservation)

    def close(self, end: datetime) -> Overbooking:
        return Overbooking(self.start, end, self.most, sorted(self.reservations))


def _openings(
    rows: Iterable[HeldAllocation] | Iterable[ClosureFacts], capacity: Share, since: datetime, side: int
) -> Iterator[tuple[datetime, datetime, int, int, int, int]]:
    """Yield (start, end, side, GPUs, memory, reservation) of the rows that end after `since`.

    Rows that start before `since` are cut to start there.
    """
    for row in rows:
        start = max(row.start, since)
        if row.end > start:
            gpus = capacity.gpus if row.gpus is None else max(0, row.gpus)
            memory = capacity.memory_gb if row.memory_gb is None else max(0, row.memory_gb)
            yield start, row.end, side, gpus, memory, getattr(row, "reservation", 0)


def _apply(taken: list[int], active: dict[int, int], change: tuple[int, int, int, int], sign: int) -> None:
    side, gpus, memory, reservation = change
    taken[side] += sign * gpus
    taken[side + 1] += sign * memory
    if side == 0:
        active[reservation] = active.get(reservation, 0) + sign
        if not active[reservation]:
            del active[reservation]


def allocation_faults(allocation: AllocationFacts, now: datetime) -> list[str]:
    """Return the faults of an allocation.

    They are values of `Fault.kind` in farm/domain/capacity_check.py.
    """
    faults = []
    if (allocation.start, allocation.end) != (allocation.reservation_start, allocation.reservation_end):
        faults.append("other_span")
    if allocation.start >= allocation.end or allocation.end - allocation.start > MAX_SPAN:
        faults.append("bad_span")
    gpus, memory = allocation.gpus, allocation.memory_gb
    if gpus is None or memory is None or gpus < 0 or memory < 0 or not (gpus or memory):
        faults.append("bad_quantity")
    if allocation.state in HOLDING:
        if not allocation.held:
            faults.append("holds_nothing")
    elif allocation.held and not _may_stay_held(allocation, now):
        faults.append("holds_though_over")
    return faults


def _may_stay_held(allocation: AllocationFacts, now: datetime) -> bool:
    """Whether it is over and was used.

    Its reservation finished, was given back, or was displaced while it ran.
    """
    return allocation.end <= now and allocation.state in (KEPT - HOLDING - {State.DRAFT}) | {State.DISPLACED}


def is_bad_closure(closure: ClosureFacts) -> bool:
    gpus, memory = closure.gpus, closure.memory_gb
    if closure.start >= closure.end or (gpus is None) != (memory is None):
        return True
    return gpus is not None and memory is not None and (gpus < 0 or memory < 0 or not (gpus or memory))
