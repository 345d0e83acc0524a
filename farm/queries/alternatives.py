"""The ways on from a refusal: up to three that fit. Read without the lock: an offer, not a promise."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import Q

from farm.models import Machine
from farm.queries.occupancy import profiles
from farm.rules.availability import Free, Share, earliest_fit, least, shortages
from farm.rules.limits import RequestedAllocation

SEARCH = timedelta(days=30)  # how far ahead another time is looked for
MOST = 3


class Question(NamedTuple):
    """What was asked: all these lines over this span."""

    lines: tuple[RequestedAllocation, ...]
    start: datetime
    end: datetime
    but: tuple[int, ...] = ()  # reservations left out of the count: the one that is changed
    ends: datetime | None = None  # the end that the changed one has now
    begun: datetime | None = None  # since when it runs: its end alone can be another


class OfferedAllocation(NamedTuple):
    machine: Machine
    share: Share


class Alternative(NamedTuple):
    """`machine` and `share` are the allocation that is another (or that was short), of `allocations`."""

    kind: str  # until, time, machine or share
    machine: Machine
    start: datetime
    end: datetime
    share: Share
    allocations: tuple[OfferedAllocation, ...]


def ways_on(question: Question, short: Collection[int], now: datetime) -> list[Alternative]:
    """How far it goes (of a change), another time, other machines, smaller shares: each with every line.

    `short` are the machines on which it does not fit, the tightest first. Of a running booking: how far it can go.
    """
    asked = {line.machine_id for line in question.lines}
    machines = {row.pk: row for row in Machine.objects.filter(Q(state=Machine.State.OPEN) | Q(pk__in=asked))}
    span = profiles(list(machines.values()), question.start, question.end, but=question.but)
    found = [_until(question, machines, span, short)]
    if question.begun is None:
        found += [
            _another_time(question, machines, short, now),
            _other_machines(question, machines, span, short),
            _smaller_shares(question, machines, span, short),
        ]
    return [way for way in found if way][:MOST]


def _alternative(
    kind: str,
    machines: Mapping[int, Machine],
    lines: Sequence[RequestedAllocation],
    first: int,
    start: datetime,
    end: datetime,
) -> Alternative:
    parts = tuple(OfferedAllocation(machines[line.machine_id], line.share) for line in lines)
    lead = next(part for part in parts if part.machine.pk == first)
    return Alternative(kind, lead.machine, start, end, lead.share, parts)


def _until(
    question: Question, machines: Mapping[int, Machine], span: Mapping[int, list[Free]], short: Collection[int]
) -> Alternative | None:
    """Of a change: the same lines from the same start, for as long as nothing is in the way."""
    if question.ends is None:
        return None
    stretches = [one for line in question.lines for one in shortages(span[line.machine_id], line.share)]
    goes = min((one.start for one in stretches), default=question.end)
    if goes <= question.start or goes == question.ends or (question.begun and goes < question.ends):
        return None
    start = question.begun or question.start
    return _alternative("until", machines, question.lines, next(iter(short)), start, goes)


def _another_time(
    question: Question, machines: Mapping[int, Machine], short: Collection[int], now: datetime
) -> Alternative | None:
    """The first time at which every line fits its machine."""
    length, after = question.end - question.start, max(question.start, now)
    own = [machines[line.machine_id] for line in question.lines]
    free = profiles(own, after, after + length + SEARCH, but=question.but)
    when = earliest_for_all(free, {line.machine_id: line for line in question.lines}, length, after)
    if when is None:
        return None
    return _alternative("time", machines, question.lines, next(iter(short)), when, when + length)


def earliest_for_all(
    free: Mapping[int, list[Free]], asked: Mapping[int, RequestedAllocation], duration: timedelta, after: datetime
) -> datetime | None:
    """The first instant at which every line fits its own machine: each machine may push it further on."""
    when = after
    while True:
        pushed = when
        for machine_id, line in asked.items():
            fit = earliest_fit(free[machine_id], line.share, duration, pushed)
            if fit is None:
                return None
            pushed = fit
        if pushed == when:
            return when
        when = pushed


def _other_machines(
    question: Question, machines: Mapping[int, Machine], span: Mapping[int, list[Free]], short: Collection[int]
) -> Alternative | None:
    """The same span, with another machine for each that is short; the most alike first."""
    taken = {line.machine_id for line in question.lines}
    lines, first = [], 0
    for line in question.lines:
        if line.machine_id in short:
            own = machines[line.machine_id]
            fits = [
                row
                for row in machines.values()
                if row.pk not in taken and row.state == Machine.State.OPEN and least(span[row.pk]).covers(line.share)
            ]
            if not fits:
                return None
            best = min(fits, key=lambda row, own=own, line=line: _likeness(row, own, least(span[row.pk]), line.share))  # type: ignore[misc]
            taken.add(best.pk)
            line = line._replace(machine_id=best.pk)
            first = first or best.pk
        lines.append(line)
    return _alternative("machine", machines, lines, first, question.start, question.end)


def _likeness(other: Machine, machine: Machine, free: Share, need: Share) -> tuple[bool, bool, int, int, str]:
    """The same model, the same room, then the one that is left with the least to spare."""
    return (
        other.gpu_model != machine.gpu_model,
        other.location != machine.location,
        free.gpus - need.gpus,
        free.memory_gb - need.memory_gb,
        other.name,
    )


def _smaller_shares(
    question: Question, machines: Mapping[int, Machine], span: Mapping[int, list[Free]], short: Collection[int]
) -> Alternative | None:
    """The same machines and span, each line with what is free all the time; none loses a side that it asked for."""
    lines = []
    for line in question.lines:
        left = line.share.capped(least(span[line.machine_id]))
        if any(asked and some <= 0 for asked, some in zip(line.share, left, strict=True)):
            return None
        lines.append(RequestedAllocation(line.machine_id, max(0, left.gpus), max(0, left.memory_gb)))
    return _alternative("share", machines, lines, next(iter(short)), question.start, question.end)
