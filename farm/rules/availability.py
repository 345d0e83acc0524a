"""What is free, and when: one sweep over loads, and the questions asked of what it gives. Pure; no clock, no database.

Spans are half-open. Everything is counted at its peak, never summed over a window.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

# A change of what is taken: at this microsecond so many GPUs and so much memory (GB) more, closed rather than booked?
Tick = tuple[int, int, int, int]


class Share(NamedTuple):
    """So many GPUs and so much memory (GB): a need, a capacity, what is free, what is short."""

    gpus: int
    memory_gb: int

    def covers(self, need: "Share") -> bool:
        return self.gpus >= need.gpus and self.memory_gb >= need.memory_gb

    def shortage(self, need: "Share") -> "Share":
        return Share(max(0, need.gpus - self.gpus), max(0, need.memory_gb - self.memory_gb))

    def joined(self, other: "Share") -> "Share":
        """Each dimension at its own most."""
        return Share(max(self.gpus, other.gpus), max(self.memory_gb, other.memory_gb))

    def capped(self, limit: "Share") -> "Share":
        return Share(min(self.gpus, limit.gpus), min(self.memory_gb, limit.memory_gb))


class Load(NamedTuple):
    """A share taken from `start` to `end`."""

    start: datetime
    end: datetime
    gpus: int
    memory_gb: int


class Free(NamedTuple):
    """`free` is what is left from `start` to `end`. May be negative where more is taken than there is."""

    start: datetime
    end: datetime
    free: Share


class Shortage(NamedTuple):
    """From `start` to `end` this much more would be needed (the most at any instant between)."""

    start: datetime
    end: datetime
    missing: Share


def profile(
    capacity: Share, loads: Iterable[Load], closed: Iterable[Load], start: datetime, end: datetime
) -> list[Free]:
    """What is free at each instant of `[start, end)`: adjoining steps that cover it exactly.

    Closures take from the capacity, never below nothing, so two that overlap do not count twice.
    """
    changes: dict[datetime, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    changes[start]  # a step begins where the window does
    for first, group in ((0, loads), (2, closed)):
        for load in group:
            if load.start < end and load.end > start and load.start < load.end:
                opening, closing = changes[max(load.start, start)], None
                opening[first] += load.gpus
                opening[first + 1] += load.memory_gb
                if load.end < end:
                    closing = changes[load.end]
                    closing[first] -= load.gpus
                    closing[first + 1] -= load.memory_gb
    # All that ends and begins at one instant is one change: back-to-back spans never add up.
    steps: list[Free] = []
    taken = [0, 0, 0, 0]
    instants = sorted(changes)
    for index, instant in enumerate(instants):
        change = changes[instant]
        taken = [taken[0] + change[0], taken[1] + change[1], taken[2] + change[2], taken[3] + change[3]]
        until = instants[index + 1] if index + 1 < len(instants) else end
        free = Share(
            max(0, capacity.gpus - taken[2]) - taken[0],
            max(0, capacity.memory_gb - taken[3]) - taken[1],
        )
        if steps and steps[-1].free == free:
            steps[-1] = steps[-1]._replace(end=until)
        else:
            steps.append(Free(instant, until, free))
    return steps


def least(steps: Sequence[Free]) -> Share:
    """The share that is free all the time (each dimension at its own worst)."""
    return Share(min(step.free.gpus for step in steps), min(step.free.memory_gb for step in steps))


def shortages(steps: Sequence[Free], need: Share) -> list[Shortage]:
    """Every unbroken stretch in which `need` does not fit, in the order of time."""
    found: list[Shortage] = []
    for step in steps:
        if step.free.covers(need):
            continue
        short = step.free.shortage(need)
        if found and found[-1].end == step.start:
            before = found[-1]
            found[-1] = Shortage(before.start, step.end, before.missing.joined(short))
        else:
            found.append(Shortage(step.start, step.end, short))
    return found


def first_shortage(steps: Sequence[Free], need: Share) -> Shortage | None:
    """The first unbroken stretch in which `need` does not fit, or None where it fits throughout."""
    return next(iter(shortages(steps, need)), None)


def earliest_fit(
    steps: Sequence[Free], need: Share, duration: timedelta, after: datetime | None = None
) -> datetime | None:
    """The first instant from which `need` fits for `duration`, inside the steps and not before `after`."""
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
    """`earliest_fit` over the `profile` of `[start, end)`, in whole microseconds and without making its steps.

    For a search through many machines, where nearly all of the steps would be thrown away. Sorts `ticks`.
    """
    ticks.sort()
    ticks.append((end, 0, 0, 0))
    taken_gpus = taken_memory = closed_gpus = closed_memory = 0
    spare_gpus, spare_memory = capacity.gpus - need.gpus, capacity.memory_gb - need.memory_gb
    opened, now = start, start
    for at, gpus, memory, closes in ticks:
        # All that ends and begins at one instant is one change: it is judged when the next instant comes.
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
