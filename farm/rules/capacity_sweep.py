"""Is what is held really within what is there? The rules of check_capacity: rows in, faults out. Pure.

Lines and closures come sorted by their start and are read once, so that a machine's whole future needs no more memory
than what is held at one instant.
"""

import heapq
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from farm.models import MAX_SPAN
from farm.models.states import HOLDING, KEPT, State
from farm.rules.availability import Share

MOST_NAMED = 20  # reservations that one fault names


class HeldLine(NamedTuple):
    start: datetime
    end: datetime
    gpus: int
    memory_gb: int
    reservation: int


class ClosedPart(NamedTuple):
    """`gpus`, `memory_gb` as stored: None is all of it."""

    start: datetime
    end: datetime
    gpus: int | None
    memory_gb: int | None


class LineFacts(NamedTuple):
    """A line beside what its reservation says."""

    start: datetime
    end: datetime
    gpus: int | None
    memory_gb: int | None
    held: bool
    reservation: int
    reservation_start: datetime
    reservation_end: datetime
    state: str


class Over(NamedTuple):
    """From `start` to `end` this much more is held than there is (the most at any instant between), by these."""

    start: datetime
    end: datetime
    missing: Share
    reservations: list[int]


def overfull(
    capacity: Share, lines: Iterable[HeldLine], closed: Iterable[ClosedPart], since: datetime
) -> Iterator[Over]:
    """Each unbroken stretch from `since` on in which more is held than the capacity less what is closed.

    Closures take from the capacity, never below nothing: two that overlap do not count twice. A quantity below
    nothing (which only a broken row has) makes no room.
    """
    openings = heapq.merge(_opening(lines, capacity, since, 0), _opening(closed, capacity, since, 2))
    endings: list[tuple[datetime, int, int, int, int]] = []
    taken = [0, 0, 0, 0]
    active: dict[int, int] = {}
    stretch: _Stretch | None = None
    upcoming = next(openings, None)
    while upcoming is not None or endings:
        instant = min(upcoming[0] if upcoming else endings[0][0], endings[0][0] if endings else upcoming[0])  # type: ignore[index]
        # All that ends and begins at one instant is one change: back-to-back spans never add up.
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
                yield stretch.until(instant)
            stretch = None
        else:
            stretch = stretch or _Stretch(instant)
            stretch.meet(missing, active)


class _Stretch:
    """A stretch that is not over yet."""

    def __init__(self, start: datetime) -> None:
        self.start = start
        self.worst = Share(0, 0)
        self.reservations: set[int] = set()

    def meet(self, missing: Share, active: dict[int, int]) -> None:
        self.worst = Share(max(self.worst.gpus, missing.gpus), max(self.worst.memory_gb, missing.memory_gb))
        for reservation in active:
            if len(self.reservations) == MOST_NAMED:
                break
            self.reservations.add(reservation)

    def until(self, end: datetime) -> Over:
        return Over(self.start, end, self.worst, sorted(self.reservations))


def _opening(
    rows: Iterable[HeldLine] | Iterable[ClosedPart], capacity: Share, since: datetime, side: int
) -> Iterator[tuple[datetime, datetime, int, int, int, int]]:
    """(start, end, side, gpus, memory, reservation) of what reaches past `since`, cut there."""
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


def faults_of_line(line: LineFacts, now: datetime) -> list[str]:
    """What is wrong with a line beside its reservation: words of `Fault.kind` in farm/domain/capacity_check.py."""
    found = []
    if (line.start, line.end) != (line.reservation_start, line.reservation_end):
        found.append("other_span")
    if line.start >= line.end or line.end - line.start > MAX_SPAN:
        found.append("bad_span")
    gpus, memory = line.gpus, line.memory_gb
    if gpus is None or memory is None or gpus < 0 or memory < 0 or not (gpus or memory):
        found.append("bad_quantity")
    if line.state in HOLDING:
        if not line.held:
            found.append("holds_nothing")
    elif line.held and not _may_stay_on_record(line, now):
        found.append("holds_though_over")
    return found


def _may_stay_on_record(line: LineFacts, now: datetime) -> bool:
    """What was used before it was given back, ended or displaced keeps its line, and that line is over."""
    return line.end <= now and line.state in (KEPT - HOLDING - {State.DRAFT}) | {State.DISPLACED}


def bad_closure(part: ClosedPart) -> bool:
    gpus, memory = part.gpus, part.memory_gb
    if part.start >= part.end or (gpus is None) != (memory is None):
        return True
    return gpus is not None and memory is not None and (gpus < 0 or memory < 0 or not (gpus or memory))
