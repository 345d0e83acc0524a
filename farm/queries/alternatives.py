"""Alternatives offered with a refusal, three at most.

Read without the lock: an offer, not a promise.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import Q

from farm.models import Machine
from farm.queries.occupancy import part_of_memory, profiles
from farm.rules.availability import Free, Share, earliest_fit, least, shortages
from farm.rules.limits import RequestedAllocation

SEARCH = timedelta(days=30)  # how far ahead another time is searched
MAX_ALTERNATIVES = 3


class CapacityRequest(NamedTuple):
    """All allocations of a booking over its span.

    The three fields from `excluded` on are of a booking that changes.
    """

    allocations: tuple[RequestedAllocation, ...]
    start: datetime
    end: datetime
    excluded: tuple[int, ...] = ()  # ids of reservations that do not count as taken: the one that changes
    current_end: datetime | None = None  # the end that the reservation has now
    running_since: datetime | None = None  # its start if it runs: then only its end can change
    memory_with_gpus: frozenset[int] = frozenset()  # ids of the machines whose memory goes with the GPUs

    def need_on(self, machine: Machine, allocation: RequestedAllocation) -> Share:
        """Return the share that another machine must have free to replace that of an allocation."""
        if allocation.machine_id not in self.memory_with_gpus:
            return allocation.share
        return Share(allocation.gpus, part_of_memory(machine, allocation.gpus))


class OfferedAllocation(NamedTuple):
    machine: Machine
    share: Share


class Alternative(NamedTuple):
    """A booking that fits.

    `machine` and `share` are the allocation that differs, or the one that lacked capacity.
    """

    kind: str  # until, time, machine or share; "same" in farm/pages/book_again.py
    machine: Machine
    start: datetime
    end: datetime
    share: Share
    allocations: tuple[OfferedAllocation, ...]  # all of them


def find_alternatives(request: CapacityRequest, short: Collection[int], now: datetime) -> list[Alternative]:
    """Return the bookings that fit instead of `request`.

    They are an earlier end (of a change), another time, other machines, and smaller shares, each with all the
    allocations. `short` are the ids of the machines that lack capacity, the shortest first. A running booking gets an
    earlier end only.
    """
    requested = {allocation.machine_id for allocation in request.allocations}
    machines = {row.pk: row for row in Machine.objects.filter(Q(state=Machine.State.OPEN) | Q(pk__in=requested))}
    free = profiles(list(machines.values()), request.start, request.end, excluding=request.excluded)
    candidates = [_earlier_end(request, machines, free, short)]
    if request.running_since is None:
        candidates += [
            _another_time(request, machines, short, now),
            _other_machines(request, machines, free, short),
            _smaller_shares(request, machines, free, short),
        ]
    return [alternative for alternative in candidates if alternative][:MAX_ALTERNATIVES]


def _alternative(
    kind: str,
    machines: Mapping[int, Machine],
    allocations: Sequence[RequestedAllocation],
    main_machine: int,
    start: datetime,
    end: datetime,
) -> Alternative:
    offered = tuple(OfferedAllocation(machines[row.machine_id], row.share) for row in allocations)
    main = next(allocation for allocation in offered if allocation.machine.pk == main_machine)
    return Alternative(kind, main.machine, start, end, main.share, offered)


def _earlier_end(
    request: CapacityRequest, machines: Mapping[int, Machine], free: Mapping[int, list[Free]], short: Collection[int]
) -> Alternative | None:
    """Return the changed booking up to the first instant that lacks capacity."""
    if request.current_end is None:
        return None
    found = [
        shortage
        for allocation in request.allocations
        for shortage in shortages(free[allocation.machine_id], allocation.share)
    ]
    end = min((shortage.start for shortage in found), default=request.end)
    if end <= request.start or end == request.current_end or (request.running_since and end < request.current_end):
        return None
    start = request.running_since or request.start
    return _alternative("until", machines, request.allocations, next(iter(short)), start, end)


def _another_time(
    request: CapacityRequest, machines: Mapping[int, Machine], short: Collection[int], now: datetime
) -> Alternative | None:
    """Return the first time at which every allocation fits its machine."""
    length, after = request.end - request.start, max(request.start, now)
    requested = [machines[allocation.machine_id] for allocation in request.allocations]
    free = profiles(requested, after, after + length + SEARCH, excluding=request.excluded)
    by_machine = {allocation.machine_id: allocation for allocation in request.allocations}
    start = earliest_for_all(free, by_machine, length, after)
    if start is None:
        return None
    return _alternative("time", machines, request.allocations, next(iter(short)), start, start + length)


def earliest_for_all(
    free: Mapping[int, list[Free]],
    requested: Mapping[int, RequestedAllocation],
    duration: timedelta,
    after: datetime,
) -> datetime | None:
    """Return the first instant, not before `after`, at which all allocations fit.

    Each one fits its own machine for `duration`. `free` and `requested` are by machine id. Each machine may push the
    instant further; then all are tried again.
    """
    start = after
    while True:
        pushed = start
        for machine_id, allocation in requested.items():
            fit = earliest_fit(free[machine_id], allocation.share, duration, pushed)
            if fit is None:
                return None
            pushed = fit
        if pushed == start:
            return start
        start = pushed


def _other_machines(
    request: CapacityRequest, machines: Mapping[int, Machine], free: Mapping[int, list[Free]], short: Collection[int]
) -> Alternative | None:
    """Return the same span with another machine for each short one, most similar first."""
    used = {allocation.machine_id for allocation in request.allocations}
    allocations, main_machine = [], 0
    for allocation in request.allocations:
        if allocation.machine_id in short:
            needs = {
                row.pk: request.need_on(row, allocation)
                for row in machines.values()
                if row.pk not in used and row.state == Machine.State.OPEN
            }
            fitting = [machines[pk] for pk, need in needs.items() if least(free[pk]).covers(need)]
            if not fitting:
                return None
            best = _most_similar(fitting, machines[allocation.machine_id], free, needs)
            used.add(best.pk)
            allocation = RequestedAllocation(best.pk, *needs[best.pk])
            main_machine = main_machine or best.pk
        allocations.append(allocation)
    return _alternative("machine", machines, allocations, main_machine, request.start, request.end)


def _most_similar(
    candidates: Sequence[Machine], machine: Machine, free: Mapping[int, list[Free]], needs: Mapping[int, Share]
) -> Machine:
    """Return the candidate that is most like `machine`.

    The same GPU model counts first, then the same location, then the least capacity left over. `needs` are by machine
    id.
    """

    def difference(candidate: Machine) -> tuple[bool, bool, int, int, str]:
        left, need = least(free[candidate.pk]), needs[candidate.pk]
        return (
            candidate.gpu_model != machine.gpu_model,
            candidate.location != machine.location,
            left.gpus - need.gpus,
            left.memory_gb - need.memory_gb,
            candidate.name,
        )

    return min(candidates, key=difference)


def _smaller_shares(
    request: CapacityRequest, machines: Mapping[int, Machine], free: Mapping[int, list[Free]], short: Collection[int]
) -> Alternative | None:
    """Return the same machines and span, with smaller shares that are free all the time.

    None when an allocation would lose all of its GPUs or all of its memory.
    """
    allocations = []
    for allocation in request.allocations:
        left = allocation.share.capped(least(free[allocation.machine_id]))
        if allocation.machine_id in request.memory_with_gpus:
            left = left.capped(Share(left.gpus, part_of_memory(machines[allocation.machine_id], max(0, left.gpus))))
        if any(need and amount <= 0 for need, amount in zip(allocation.share, left, strict=True)):
            return None
        allocations.append(RequestedAllocation(allocation.machine_id, max(0, left.gpus), max(0, left.memory_gb)))
    return _alternative("share", machines, allocations, next(iter(short)), request.start, request.end)
