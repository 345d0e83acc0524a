"""Where and when a need would fit: one query for all machines, one sweep per machine. Read without the lock."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from farm.models import Machine
from farm.queries.occupancy import capacity, first_gaps, profiles
from farm.rules.availability import Free, Share, earliest_fit, least


class MachineRequest(NamedTuple):
    """So much of that machine; or of any, of any of a model, of any with a tag."""

    need: Share
    machine: Machine | None = None
    model: str = ""
    tag: str = ""

    def accepts(self, machine: Machine) -> bool:
        if self.machine is not None:
            return machine.pk == self.machine.pk
        return (not self.model or machine.gpu_model == self.model) and (not self.tag or self.tag in machine.tags)


class MachineChoice(NamedTuple):
    """One machine for each wanted; `fits` is whether they all had room when it was read."""

    machines: list[Machine]
    fits: bool


class FreeSlot(NamedTuple):
    machine: Machine
    start: datetime
    end: datetime


class JointSlot(NamedTuple):
    machines: list[Machine]
    start: datetime
    end: datetime


def choose_machines(machine_requests: Sequence[MachineRequest], start: datetime, end: datetime) -> MachineChoice | None:
    """Machines for these machine_requests over this span, none twice, those that are left with the least to spare.

    Where they cannot all fit: the largest that are admitted, so that a refusal says what is missing there. None where
    the farm has too few machines of that kind.
    """
    machines = list(Machine.objects.bookable())
    spare = {pk: least(steps) for pk, steps in profiles(machines, start, end).items()}
    machines.sort(key=lambda row: (*spare[row.pk], row.name))
    options = [
        [row for row in machines if wanted.accepts(row) and spare[row.pk].covers(wanted.need)]
        for wanted in machine_requests
    ]
    found = assign_machines(options)
    if found:
        return MachineChoice(found, fits=True)
    machines.sort(key=lambda row: (-row.gpu_count, -row.memory_gb, row.name))
    every = [[row for row in machines if wanted.accepts(row)] for wanted in machine_requests]
    # The named ones as they are; for the others what fits by itself goes first.
    likely = [fit + [row for row in rest if row not in fit] for fit, rest in zip(options, every, strict=True)]
    found = assign_machines(likely)
    return MachineChoice(found, fits=False) if found else None


def assign_machines(options: Sequence[Sequence[Machine]]) -> list[Machine] | None:
    """One of its options for each, none twice, an earlier option before a later one; None where there is no way.

    Augmenting paths: who comes later may move who came before to another of its options.
    """
    holder: dict[int, int] = {}

    def place(index: int, seen: set[int]) -> bool:
        for machine in options[index]:
            if machine.pk not in seen:
                seen.add(machine.pk)
                if machine.pk not in holder or place(holder[machine.pk], seen):
                    holder[machine.pk] = index
                    return True
        return False

    if not options or not all(place(index, set()) for index in range(len(options))):
        return None
    of = {index: pk for pk, index in holder.items()}
    return [next(row for row in mine if row.pk == of[index]) for index, mine in enumerate(options)]


def earliest_slots(
    need: Share,
    duration: timedelta,
    after: datetime,
    before: datetime,
    machines: Iterable[Machine] | None = None,
) -> list[FreeSlot]:
    """The first fit of each machine that has one before `before`, soonest first."""
    able = [
        machine
        for machine in (Machine.objects.bookable() if machines is None else machines)
        if capacity(machine).covers(need)
    ]
    found = []
    for until in search_windows(after, before, duration):
        starts = first_gaps(able, need, duration, after, until)
        found += [FreeSlot(row, starts[row.pk], starts[row.pk] + duration) for row in able if row.pk in starts]
        able = [machine for machine in able if machine.pk not in starts]
        if not able:
            break
    return sorted(found, key=lambda fit: (fit.start, fit.machine.name))


def earliest_joint_slot(
    machine_requests: Sequence[MachineRequest], duration: timedelta, after: datetime, before: datetime
) -> JointSlot | None:
    """The first instant from `after` on at which all the machine_requests fit for `duration`, over by `before`."""
    machines = [row for row in Machine.objects.bookable() if any(_able(wanted, row) for wanted in machine_requests)]
    machines.sort(key=lambda row: (row.gpu_count, row.memory_gb, row.name))
    if len(machine_requests) == 1:
        fits = earliest_slots(machine_requests[0].need, duration, after, before, machines)
        first = min(fits, key=lambda fit: (fit.start, machines.index(fit.machine)), default=None)
        return JointSlot([first.machine], first.start, first.end) if first else None
    for until in search_windows(after, before, duration):
        found = _together(machine_requests, machines, profiles(machines, after, until), duration, after)
        if found:
            return found
    return None


def _together(
    machine_requests: Sequence[MachineRequest],
    machines: Sequence[Machine],
    free: dict[int, list[Free]],
    duration: timedelta,
    after: datetime,
) -> JointSlot | None:
    when: datetime | None = after
    while when is not None:
        firsts = {
            (index, row.pk): earliest_fit(free[row.pk], wanted.need, duration, when)
            for index, wanted in enumerate(machine_requests)
            for row in machines
            if _able(wanted, row)
        }
        here = [
            [row for row in machines if firsts.get((index, row.pk)) == when] for index in range(len(machine_requests))
        ]
        found = assign_machines(here)
        if found:
            return JointSlot(found, when, when + duration)
        # Nothing that does not fit now begins to fit before the next of these.
        when = min((first for first in firsts.values() if first is not None and first > when), default=None)
    return None


def _able(wanted: MachineRequest, machine: Machine) -> bool:
    return wanted.accepts(machine) and capacity(machine).covers(wanted.need)


def usual_memory(machines: Iterable[Machine], gpus: int) -> int:
    """The memory that goes with so many GPUs: their part of the machine's, the smallest of these machines'."""
    return min((gpus * row.memory_gb // row.gpu_count for row in machines if row.gpu_count), default=0)


def search_windows(after: datetime, before: datetime, duration: timedelta) -> Iterable[datetime]:
    """How far to read at a time, up to `before`: most needs fit soon, and then weeks ahead are not read at all."""
    ahead = duration + timedelta(days=1)
    while after + ahead < before:
        yield after + ahead
        ahead *= 32
    yield before
