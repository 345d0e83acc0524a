"""Whether an idea fits, and what is free: asked while somebody drags. Read without the lock: an answer, no promise."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.utils import timezone
from django.utils.translation import gettext as _

from farm.domain.no_capacity import CapacityShortage, check_capacity_free
from farm.models import Machine, Reservation
from farm.queries.alternatives import SEARCH, earliest_for_all
from farm.queries.occupancy import profiles
from farm.rules import limits, wording
from farm.rules.availability import Share, least
from farm.rules.limits import RequestedAllocation
from kernel.errors import Conflict, Refused, Unknown


class Fit(NamedTuple):
    fits: bool
    words: str
    first_free: datetime | None = None


class Part(NamedTuple):
    """A stretch of a machine's time over which the same share is free."""

    start: datetime
    end: datetime
    share: Share
    name: str


def edited(
    had: Sequence[RequestedAllocation], *, of: int | None, machine: int | None, gpus: int | None, memory_gb: int | None
) -> list[RequestedAllocation]:
    """The lines with the one of machine `of` (the only one where not said) put on another machine, or of another share.

    A booking of several machines moves in time as a whole: for anything else its line must be named.
    """
    if machine is None and gpus is None and memory_gb is None:
        return list(had)
    found = [line for line in had if of is None or line.machine_id == of]
    if len(found) != 1:
        sentence = _("A booking of several machines moves in time only: edit it to change a machine.")
        raise Conflict("several_machines", sentence, field="resource")
    old = found[0]
    new = RequestedAllocation(
        old.machine_id if machine is None else machine,
        old.gpus if gpus is None else gpus,
        old.memory_gb if memory_gb is None else memory_gb,
    )
    return limits.merged([new if line is old else line for line in had])


def judge(
    lines: Sequence[RequestedAllocation],
    start: datetime,
    end: datetime,
    now: datetime,
    reservation: Reservation | None = None,
) -> Fit:
    """The rules and the room that a booking of these lines would meet; `reservation` is the one that is changed."""
    when = wording.span(start, end)
    but = [reservation.pk] if reservation else []
    try:
        machines = _allowed(lines, start, end, now, reservation)
        check_capacity_free(machines, lines, max(start, now) if reservation else start, end, excluding=but)
    except CapacityShortage as shortage:
        return _does_not_fit(shortage, when, now)
    except Refused as refusal:
        return Fit(False, refusal.message)
    if reservation:
        return Fit(True, _("%(when)s: fits") % {"when": when})
    free = least(profiles(list(machines.values()), start, end)[lines[0].machine_id])
    words = {"when": when, "share": wording.share(*free)}
    return Fit(True, _("%(when)s: fits, %(share)s free") % words)


def _allowed(
    lines: Sequence[RequestedAllocation], start: datetime, end: datetime, now: datetime, reservation: Reservation | None
) -> dict[int, Machine]:
    had: list[RequestedAllocation] = []
    if reservation:
        had = [RequestedAllocation(row.machine_id, row.gpus, row.memory_gb) for row in reservation.lines.all()]
        limits.check_change(reservation, had, lines, start, end, now)
    else:
        limits.check_span(start, end, now)
    asked = {line.machine_id for line in lines}
    machines = {row.pk: row for row in Machine.objects.filter(pk__in=asked)}
    if asked - set(machines):
        raise Unknown("unknown_resource", _("There is no machine %(id)s.") % {"id": min(asked - set(machines))})
    for pk in asked - {line.machine_id for line in had}:
        limits.check_open(machines[pk])
    return machines


def _does_not_fit(shortage: CapacityShortage, when: str, now: datetime) -> Fit:
    request = shortage.request
    if request.excluded and request.start <= now:  # it runs: it cannot begin at another time, only end before that one
        until = shortage.missing[0].shortage.start
        return Fit(False, _("%(when)s: does not fit, free to %(time)s") % {"when": when, "time": _moment(until)})
    length, after = request.end - request.start, max(request.start, now)
    asked = {line.machine_id: line for line in request.allocations}
    machines = list(Machine.objects.filter(pk__in=asked))
    free = profiles(machines, after, after + length + SEARCH, excluding=request.excluded)
    first = earliest_for_all(free, asked, length, after)
    if first is None:
        return Fit(
            False, _("%(when)s: does not fit, nor in the %(days)s days after") % {"when": when, "days": SEARCH.days}
        )
    words = _("%(when)s: does not fit, first free at %(time)s") % {"when": when, "time": _moment(first)}
    return Fit(False, words, first)


def _moment(moment: datetime) -> str:
    return wording.day_and_clock(moment)


def free_parts(machine: Machine, start: datetime, end: datetime, now: datetime) -> list[Part]:
    """What can still be booked of an open machine in this window, in order; the past is not on offer."""
    begin = max(start, now.replace(second=0, microsecond=0) + timedelta(minutes=1))
    if machine.state != Machine.State.OPEN or begin >= end:
        return []
    found = []
    for step in profiles([machine], begin, end)[machine.pk]:
        share = Share(max(0, step.free.gpus), max(0, step.free.memory_gb))
        if share.gpus or (share.memory_gb and not machine.gpu_count):
            same = timezone.localdate(step.start) == timezone.localdate(step.end)
            until = wording.clock(step.end) if same else _moment(step.end)
            words = {"start": _moment(step.start), "end": until, "share": wording.share(*share)}
            found.append(Part(step.start, step.end, share, _("free %(start)s to %(end)s, %(share)s") % words))
    return found
