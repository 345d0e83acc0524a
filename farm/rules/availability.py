"""Free capacity over time: one sweep over loads, and searches in its result.

Pure: no clock, no database. Spans are half-open. Loads count at their peak: they are never summed over a window.
"""

import itertools
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from operator import attrgetter
from typing import NamedTuple, Protocol

# A change of the taken capacity: (microsecond, more GPUs, more memory in GB, 1 for a closure or 0 for a booking).
Tick = tuple[int, int, int, int]


class Share(NamedTuple):
    """A number of GPUs and an amount of memory in GB: needed, present, free or missing."""

    gpus: int
    memory_gb: int

    def covers(self, need: "Share") -> bool:
        return self.gpus >= need.gpus and self.memory_gb >= need.memory_gb

    def shortage(self, need: "Share") -> "Share":
        return Share(max(0, need.gpus - self.gpus), max(0, need.memory_gb - self.memory_gb))

    def joined(self, other: "Share") -> "Share":
        """Return the greater number of GPUs and the greater memory of both."""
        return Share(max(self.gpus, other.gpus), max(self.memory_gb, other.memory_gb))

    def capped(self, limit: "Share") -> "Share":
        return Share(min(self.gpus, limit.gpus), min(self.memory_gb, limit.memory_gb))


class Load(NamedTuple):
    """A share taken from `start` to `end`."""

    start: datetime
    end: datetime
    gpus: int
    memory_gb: int


class Taken(Protocol):
    """A Load, or something that has the same attributes."""

    @property
    def start(self) -> datetime: ...

    @property
    def end(self) -> datetime: ...

    @property
    def gpus(self) -> int: ...

    @property
    def memory_gb(self) -> int: ...


class Free(NamedTuple):
    """A step of a profile: the share that is free from `start` to `end`.

    Negative when more is taken than there is.
    """

    start: datetime
    end: datetime
    free: Share


START, END = attrgetter("start"), attrgetter("end")


class Shortage(NamedTuple):
    """A need does not fit from `start` to `end`.

    `missing` is the most that is missing at any instant.
    """

    start: datetime
    end: datetime
    missing: Share


def profile(
    capacity: Share, loads: Iterable[Taken], closed: Iterable[Taken], start: datetime, end: datetime
) -> list[Free]:
    """Return the free share at each instant of `[start, end)`.

    The steps adjoin and cover the span exactly. Closures reduce the capacity, but never below 0, so two that overlap do
    not count twice.
    """
    changes: dict[datetime, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    changes[start]  # the first step begins with the window
    for first, group in ((0, loads), (2, closed)):
        for load in group:
            begins, ends = load.start, load.end
            if begins < end and ends > start and begins < ends:
                opening = changes[begins if begins > start else start]
                opening[first] += load.gpus
                opening[first + 1] += load.memory_gb
                if ends < end:
                    closing = changes[ends]
                    closing[first] -= load.gpus
                    closing[first + 1] -= load.memory_gb
    # Loads that end and loads that begin at one instant are one change: back-to-back spans never add up.
    steps: list[Free] = []
    taken_gpus = taken_memory = closed_gpus = closed_memory = 0
    for instant, until in itertools.pairwise([*sorted(changes), end]):
        more_gpus, more_memory, more_closed_gpus, more_closed_memory = changes[instant]
        taken_gpus += more_gpus
        taken_memory += more_memory
        closed_gpus += more_closed_gpus
        closed_memory += more_closed_memory
        free = Share(
            max(0, capacity.gpus - closed_gpus) - taken_gpus,
            max(0, capacity.memory_gb - closed_memory) - taken_memory,
        )
        if steps and steps[-1].free == free:
            steps[-1] = Free(steps[-1].start, until, free)
        else:
            steps.append(Free(instant, until, free))
    return steps


def cut(steps: Sequence[Free], start: datetime, end: datetime) -> list[Free]:
    """Return the `profile` of `[start, end)` from the steps of a longer span."""
    first = bisect_right(steps, start, key=END)
    after = bisect_left(steps, end, lo=first, key=START)
    within = list(steps[first:after])
    if within[0].start < start:
        within[0] = Free(start, within[0].end, within[0].free)
    if within[-1].end > end:
        within[-1] = Free(within[-1].start, end, within[-1].free)
    return within


def least(steps: Sequence[Free]) -> Share:
    """Return the share that is free all the time.

    It is the fewest GPUs and the least memory of any step.
    """
    if len(steps) == 1:
        return steps[0].free
    gpus, memory_gb = zip(*[step.free for step in steps], strict=True)
    return Share(min(gpus), min(memory_gb))


def shortages(steps: Sequence[Free], need: Share) -> list[Shortage]:
    """Return every unbroken stretch in which `need` does not fit, in the order of time."""
    stretches: list[Shortage] = []
    for step in steps:
        if step.free.covers(need):
            continue
        missing = step.free.shortage(need)
        if stretches and stretches[-1].end == step.start:
            before = stretches[-1]
            stretches[-1] = Shortage(before.start, step.end, before.missing.joined(missing))
        else:
            stretches.append(Shortage(step.start, step.end, missing))
    return stretches


def first_shortage(steps: Sequence[Free], need: Share) -> Shortage | None:
    """Return the first stretch in which `need` does not fit, or None."""
    return next(iter(shortages(steps, need)), None)


def earliest_fit(
    steps: Sequence[Free], need: Share, duration: timedelta, after: datetime | None = None
) -> datetime | None:
    """Return the first instant from which `need` fits for `duration`, or None.

    The fit lies inside the steps and does not begin before `after`.
    """
    opened: datetime | None = None
    for step in steps:
        if after is not None and step.end <= after:
            continue
        if not step.free.covers(need):
            opened = None
            continue
        if opened is None:
            opened = step.start if after is None else max(step.start, after)
        if step.end - opened >= duration:
            return opened
    return None


def first_gap(capacity: Share, ticks: list[Tick], need: Share, duration: int, start: int, end: int) -> int | None:
    """Do the same as `earliest_fit` over the `profile` of `[start, end)`, but faster.

    Builds no steps: a search through many machines would use almost none of them. Times are whole microseconds. Sorts
    `ticks` in place.
    """
    ticks.sort()
    ticks.append((end, 0, 0, 0))
    taken_gpus = taken_memory = closed_gpus = closed_memory = 0
    spare_gpus, spare_memory = capacity.gpus - need.gpus, capacity.memory_gb - need.memory_gb
    opened, now = start, start
    for at, gpus, memory, closes in ticks:
        # Ticks at one instant are one change, so the state is judged only when the next instant comes.
        if at > now:
            if (
                taken_gpus + min(closed_gpus, capacity.gpus) > spare_gpus
                or taken_memory + min(closed_memory, capacity.memory_gb) > spare_memory
            ):
                opened = at
            elif min(at, end) - opened >= duration:
                return opened
            now = at
            if at >= end:
                return None
        if closes:
            closed_gpus += gpus
            closed_memory += memory
        else:
            taken_gpus += gpus
            taken_memory += memory
    return None
