"""The capacity check of a booking, and the refusal when capacity is missing.

The refusal says how much is missing and when, and offers alternatives.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, NamedTuple, TypeVar

from farm.domain.locks import run_in_transaction
from farm.models import Machine
from farm.queries.alternatives import Alternative, CapacityRequest, find_alternatives
from farm.queries.occupancy import profiles
from farm.rules.availability import Free, Share, Shortage, shortages
from farm.rules.limits import RequestedAllocation
from farm.rules.shortage_words import shortage_sentence
from kernel.errors import Conflict
from kernel.text.utc import utc_text

T = TypeVar("T")


class MachineShortage(NamedTuple):
    """One unbroken stretch of time in which one machine lacks capacity."""

    machine: Machine
    shortage: Shortage


class ShortMachine(NamedTuple):
    """A machine that lacks capacity.

    `missing` is the most that is missing at any instant, of GPUs and of memory apart.
    """

    machine: Machine
    need: Share
    missing: Share
    shortages: list[Shortage]

    @property
    def worst(self) -> Shortage:
        """The shortage in which the greatest part is missing."""
        return max(self.shortages, key=lambda shortage: missing_part(shortage.missing, self.need))

    @property
    def missing_part(self) -> float:
        return missing_part(self.missing, self.need)

    @property
    def sentence(self) -> str:
        return shortage_sentence(self.machine, self.missing, self.shortages)


def missing_part(missing: Share, need: Share) -> float:
    """Return the missing part of `need`, 0 to 1, of GPUs or memory, whichever is more."""
    return max(lacking / needed for lacking, needed in zip(missing, need, strict=True) if needed)


class CapacityShortage(Exception):
    """Raised under the lock when allocations do not fit.

    `with_alternatives` turns it into a refusal after the lock is released.
    """

    def __init__(self, missing: list[MachineShortage], request: CapacityRequest) -> None:
        super().__init__("capacity shortage")
        self.missing = missing
        self.request = request


class NoCapacity(Conflict):
    """409 `no_room`, with `missing` and `alternatives` in the error object.

    docs/wire.md describes them.
    """

    def __init__(
        self, missing: list[MachineShortage], request: CapacityRequest, alternatives: list[Alternative]
    ) -> None:
        self.missing = missing
        self.request = request
        self.alternatives = alternatives
        self.short_machines = short_machines(missing, request)
        super().__init__("no_room", self.short_machines[0].sentence)
        self.extra = self.details(utc_text)

    def details(self, write_moment: Callable[[datetime], str]) -> dict[str, Any]:
        """Return `missing` and `alternatives` as JSON values; `write_moment` writes each date."""
        return {
            "missing": [
                {
                    "resource": machine.pk,
                    "from": write_moment(shortage.start),
                    "to": write_moment(shortage.end),
                    "gpus": shortage.missing.gpus,
                    "memory_gb": shortage.missing.memory_gb,
                }
                for machine, shortage in self.missing
            ],
            "alternatives": [
                {
                    "resource": alternative.machine.pk,
                    "start": write_moment(alternative.start),
                    "end": write_moment(alternative.end),
                    "gpus": alternative.share.gpus,
                    "memory_gb": alternative.share.memory_gb,
                    "lines": [
                        {"resource": machine.pk, "gpus": share.gpus, "memory_gb": share.memory_gb}
                        for machine, share in alternative.allocations
                    ],
                }
                for alternative in self.alternatives
            ],
        }


def check_capacity_free(
    machines: dict[int, Machine],
    allocations: Sequence[RequestedAllocation],
    start: datetime,
    end: datetime,
    excluding: Collection[int] = (),
    *,
    current_end: datetime | None = None,
    running_since: datetime | None = None,
    memory_with_gpus: Collection[int] = (),
) -> None:
    """Check, under the lock, that every allocation fits at every instant of `[start, end)`.

    `machines` are by id. `excluding`, `current_end` and `running_since` are of a booking that changes, and
    `memory_with_gpus` is of a new one: see CapacityRequest. Raises CapacityShortage.
    """
    free = profiles([machines[row.machine_id] for row in allocations], start, end, excluding=excluding)
    missing = find_shortages(machines, allocations, free)
    if missing:
        request = CapacityRequest(
            tuple(allocations), start, end, tuple(excluding), current_end, running_since, frozenset(memory_with_gpus)
        )
        raise CapacityShortage(missing, request)


def find_shortages(
    machines: dict[int, Machine], allocations: Sequence[RequestedAllocation], free: dict[int, list[Free]]
) -> list[MachineShortage]:
    """Return every stretch in which an allocation does not fit its machine.

    `free` is by machine id.
    """
    return [
        MachineShortage(machines[allocation.machine_id], shortage)
        for allocation in allocations
        for shortage in shortages(free[allocation.machine_id], allocation.share)
    ]


def short_machines(missing: Sequence[MachineShortage], request: CapacityRequest) -> list[ShortMachine]:
    """Group `missing` by machine, the machine that lacks the greatest part first."""
    needs = {allocation.machine_id: allocation.share for allocation in request.allocations}
    machines = []
    for machine, group in groupby(missing, key=lambda item: item.machine):
        found = [item.shortage for item in group]
        most = Share(max(one.missing.gpus for one in found), max(one.missing.memory_gb for one in found))
        machines.append(ShortMachine(machine, needs[machine.pk], most, found))
    return sorted(machines, key=lambda item: -item.missing_part)


def with_alternatives(shortage: CapacityShortage, now: datetime) -> NoCapacity:
    """Return the refusal for a shortage, with alternatives.

    They are read without the lock: an offer, not a promise.
    """
    order = [item.machine.pk for item in short_machines(shortage.missing, shortage.request)]
    return NoCapacity(shortage.missing, shortage.request, find_alternatives(shortage.request, order, now))


def run_or_offer_alternatives(step: Callable[[], T], now: datetime) -> T:
    """Run `step` in a transaction; when it lacks capacity, raise NoCapacity.

    The alternatives are searched after the lock is released.
    """
    try:
        return run_in_transaction(step)
    except CapacityShortage as shortage:
        raise with_alternatives(shortage, now) from None
