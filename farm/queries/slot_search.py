"""Search for machines and times that fit. Read without the lock.

One query reads all machines; each one takes one sweep.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from farm.models import Machine
from farm.queries.occupancy import capacity, first_gaps, part_of_memory, profiles
from farm.rules.availability import Free, Share, earliest_fit, least


class MachineRequest(NamedTuple):
    """A share of one machine.

    The machine is `machine`, or any machine, any of a GPU model, or any with a tag. Without `memory_gb`, the memory
    goes with the GPUs: on each machine it is their part of that machine's memory.
    """

    gpus: int
    memory_gb: int | None = None
    machine: Machine | None = None
    model: str = ""
    tag: str = ""

    def accepts(self, machine: Machine) -> bool:
        if self.machine is not None:
            return machine.pk == self.machine.pk
        return (not self.model or machine.gpu_model == self.model) and (not self.tag or self.tag in machine.tags)

    def need_on(self, machine: Machine) -> Share:
        """Return the share that the request takes of this machine."""
        return Share(self.gpus, part_of_memory(machine, self.gpus) if self.memory_gb is None else self.memory_gb)

    def lacks_memory_on(self, machine: Machine) -> bool:
        """Return whether the GPUs bring no memory on this machine, though nobody asked for none."""
        return self.memory_gb is None and not self.need_on(machine).memory_gb


class MachineChoice(NamedTuple):
    """One machine for each request.

    `fits` is whether all the shares were free when they were read.
    """

    machines: list[Machine]
    fits: bool


class FreeSlot(NamedTuple):
    machine: Machine
    start: datetime
    end: datetime


class JointSlot(NamedTuple):
    """A span in which several machines are free, one for each request."""

    machines: list[Machine]
    start: datetime
    end: datetime


def choose_machines(
    machine_requests: Sequence[MachineRequest],
    start: datetime,
    end: datetime,
    machines: Iterable[Machine] | None = None,
) -> MachineChoice | None:
    """Choose a machine for each request over `[start, end)`, none twice.

    `machines` are all bookable ones by default; locked ones make the choice exact. Those with the least left over come
    first, and last those on which the GPUs bring no memory. When they do not all fit, chooses the largest machines that
    the requests accept, so that a refusal says how much they lack. None when the farm has too few such machines.
    """
    machines = list(Machine.objects.bookable() if machines is None else machines)
    free = {pk: least(steps) for pk, steps in profiles(machines, start, end).items()}
    machines.sort(key=lambda row: (*free[row.pk], row.name))
    fitting = [
        sorted(
            (row for row in machines if request.accepts(row) and free[row.pk].covers(request.need_on(row))),
            key=request.lacks_memory_on,
        )
        for request in machine_requests
    ]
    chosen = assign_machines(fitting)
    if chosen:
        return MachineChoice(chosen, fits=True)
    machines.sort(key=lambda row: (-row.gpu_count, -row.memory_gb, row.name))
    accepted = [[row for row in machines if request.accepts(row)] for request in machine_requests]
    # A machine that fits by itself comes before the others that the request accepts.
    options = [first + [row for row in rest if row not in first] for first, rest in zip(fitting, accepted, strict=True)]
    chosen = assign_machines(options)
    return MachineChoice(chosen, fits=False) if chosen else None


def assign_machines(options: Sequence[Sequence[Machine]]) -> list[Machine] | None:
    """Assign to each request one of its options, none twice, earlier options first.

    None when that is impossible. Augmenting paths: a later request may move an earlier one to another of its options.
    """
    request_of: dict[int, int] = {}  # machine id -> index of the request that has it

    def assign(index: int, seen: set[int]) -> bool:
        for machine in options[index]:
            if machine.pk not in seen:
                seen.add(machine.pk)
                if machine.pk not in request_of or assign(request_of[machine.pk], seen):
                    request_of[machine.pk] = index
                    return True
        return False

    if not options or not all(assign(index, set()) for index in range(len(options))):
        return None
    machine_of = {index: pk for pk, index in request_of.items()}
    return [next(row for row in rows if row.pk == machine_of[index]) for index, rows in enumerate(options)]


def earliest_slots(
    request: MachineRequest,
    duration: timedelta,
    after: datetime,
    before: datetime,
    machines: Iterable[Machine] | None = None,
) -> list[FreeSlot]:
    """Return the first free slot of each machine, the soonest first.

    The slots lie between `after` and `before`. `machines` are all bookable ones by default. A machine that the request
    does not accept, or without a slot, is left out.
    """
    searched = [
        machine
        for machine in (Machine.objects.bookable() if machines is None else machines)
        if _can_hold(machine, request)
    ]
    slots = []
    for until in search_ends(after, before, duration):
        starts = first_gaps([(row, request.need_on(row)) for row in searched], duration, after, until)
        slots += [FreeSlot(row, starts[row.pk], starts[row.pk] + duration) for row in searched if row.pk in starts]
        searched = [machine for machine in searched if machine.pk not in starts]
        if not searched:
            break
    return sorted(slots, key=lambda slot: (slot.start, slot.machine.name))


def earliest_joint_slot(
    machine_requests: Sequence[MachineRequest], duration: timedelta, after: datetime, before: datetime
) -> JointSlot | None:
    """Return the first slot of `duration` in which all the requests fit, or None.

    The slot lies between `after` and `before`.
    """
    machines = [row for row in Machine.objects.bookable() if any(_can_hold(row, one) for one in machine_requests)]
    machines.sort(key=lambda row: (row.gpu_count, row.memory_gb, row.name))
    if len(machine_requests) == 1:
        request = machine_requests[0]
        machines.sort(key=request.lacks_memory_on)
        slots = earliest_slots(request, duration, after, before, machines)
        first = min(slots, key=lambda slot: (slot.start, machines.index(slot.machine)), default=None)
        return JointSlot([first.machine], first.start, first.end) if first else None
    for until in search_ends(after, before, duration):
        free = profiles(machines, after, until)
        slot = _joint_slot(machine_requests, machines, free, duration, after)
        if slot:
            return slot
    return None


def _joint_slot(
    machine_requests: Sequence[MachineRequest],
    machines: Sequence[Machine],
    free: dict[int, list[Free]],
    duration: timedelta,
    after: datetime,
) -> JointSlot | None:
    start: datetime | None = after
    while start is not None:
        first_fits = {
            (index, row.pk): earliest_fit(free[row.pk], request.need_on(row), duration, start)
            for index, request in enumerate(machine_requests)
            for row in machines
            if _can_hold(row, request)
        }
        fitting_now = [
            sorted((row for row in machines if first_fits.get((index, row.pk)) == start), key=request.lacks_memory_on)
            for index, request in enumerate(machine_requests)
        ]
        chosen = assign_machines(fitting_now)
        if chosen:
            return JointSlot(chosen, start, start + duration)
        # Nothing more begins to fit before the next of these instants.
        start = min((first for first in first_fits.values() if first is not None and first > start), default=None)
    return None


def _can_hold(machine: Machine, request: MachineRequest) -> bool:
    return request.accepts(machine) and capacity(machine).covers(request.need_on(machine))


def search_ends(after: datetime, before: datetime, duration: timedelta) -> Iterable[datetime]:
    """Yield the ends of ever longer windows from `after`, the last one `before`.

    Most needs fit soon: then the weeks ahead are not read at all.
    """
    ahead = duration + timedelta(days=1)
    while after + ahead < before:
        yield after + ahead
        ahead *= 32
    yield before
