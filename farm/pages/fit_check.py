"""Whether a booking would fit and what is free: the answers while somebody drags.

Read without the lock: the command checks again.
"""

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


class FitResult(NamedTuple):
    """The answer as JSON: the names of the fields are read by static/js/timeline-drag.js."""

    fits: bool
    words: str
    first_free: datetime | None = None


class FreePart(NamedTuple):
    """A stretch of a machine's time over which the same share is free."""

    start: datetime
    end: datetime
    share: Share
    name: str


def changed_allocations(
    current: Sequence[RequestedAllocation],
    *,
    of: int | None,
    machine: int | None,
    gpus: int | None,
    memory_gb: int | None,
) -> list[RequestedAllocation]:
    """Return the allocations with the one on machine `of` changed: its machine or its share.

    Without `of` it is the only one. Raises Conflict (`several_machines`) for a booking of several machines without
    `of`: such a booking moves in time as a whole.
    """
    if machine is None and gpus is None and memory_gb is None:
        return list(current)
    matching = [allocation for allocation in current if of is None or allocation.machine_id == of]
    if len(matching) != 1:
        sentence = _("A booking of several machines moves in time only: edit it to change a machine.")
        raise Conflict("several_machines", sentence, field="resource")
    old = matching[0]
    new = RequestedAllocation(
        old.machine_id if machine is None else machine,
        old.gpus if gpus is None else gpus,
        old.memory_gb if memory_gb is None else memory_gb,
    )
    return limits.merged([new if allocation is old else allocation for allocation in current])


def check_fit(
    allocations: Sequence[RequestedAllocation],
    start: datetime,
    end: datetime,
    now: datetime,
    reservation: Reservation | None = None,
) -> FitResult:
    """Say whether a booking of these allocations would be accepted.

    `reservation` is the one that would change.
    """
    when = wording.span(start, end)
    but = [reservation.pk] if reservation else []
    try:
        machines = _check_rules(allocations, start, end, now, reservation)
        check_capacity_free(machines, allocations, max(start, now) if reservation else start, end, excluding=but)
    except CapacityShortage as shortage:
        return _does_not_fit(shortage, when, now)
    except Refused as refusal:
        return FitResult(False, refusal.message)
    if reservation:
        return FitResult(True, _("%(when)s: fits") % {"when": when})
    free = least(profiles(list(machines.values()), start, end)[allocations[0].machine_id])
    words = {"when": when, "share": wording.share_in_sentence(*free)}
    return FitResult(True, _("%(when)s: fits, %(share)s free") % words)


def _check_rules(
    allocations: Sequence[RequestedAllocation],
    start: datetime,
    end: datetime,
    now: datetime,
    reservation: Reservation | None,
) -> dict[int, Machine]:
    """Check every rule but capacity, and return the machines by id.

    Raises a refusal, as the command would.
    """
    current: list[RequestedAllocation] = []
    if reservation:
        current = [RequestedAllocation(row.machine_id, row.gpus, row.memory_gb) for row in reservation.lines.all()]
        limits.check_change(reservation, current, allocations, start, end, now)
    else:
        limits.check_span(start, end, now)
    machine_ids = {allocation.machine_id for allocation in allocations}
    machines = {machine.pk: machine for machine in Machine.objects.filter(pk__in=machine_ids)}
    unknown_ids = machine_ids - set(machines)
    if unknown_ids:
        raise Unknown("unknown_resource", _("There is no machine %(id)s.") % {"id": min(unknown_ids)})
    for pk in machine_ids - {allocation.machine_id for allocation in current}:
        limits.check_open(machines[pk])
    return machines


def _does_not_fit(shortage: CapacityShortage, when: str, now: datetime) -> FitResult:
    """Say until when it fits, for a running booking; else when it would first fit."""
    request = shortage.request
    if request.excluded and request.start <= now:
        until = shortage.missing[0].shortage.start
        return FitResult(False, _("%(when)s: does not fit, free to %(time)s") % {"when": when, "time": _moment(until)})
    length, after = request.end - request.start, max(request.start, now)
    by_machine = {allocation.machine_id: allocation for allocation in request.allocations}
    machines = list(Machine.objects.filter(pk__in=by_machine))
    free = profiles(machines, after, after + length + SEARCH, excluding=request.excluded)
    first_free = earliest_for_all(free, by_machine, length, after)
    if first_free is None:
        words = {"when": when, "days": SEARCH.days}
        return FitResult(False, _("%(when)s: does not fit, nor in the %(days)s days after") % words)
    words = {"when": when, "time": _moment(first_free)}
    return FitResult(False, _("%(when)s: does not fit, first free at %(time)s") % words, first_free)


def _moment(moment: datetime) -> str:
    return wording.day_and_clock(moment)


def free_parts(machine: Machine, start: datetime, end: datetime, now: datetime) -> list[FreePart]:
    """Return what can still be booked of an open machine in this window, in order.

    The first part begins with the next minute at the earliest.
    """
    begin = max(start, now.replace(second=0, microsecond=0) + timedelta(minutes=1))
    if machine.state != Machine.State.OPEN or begin >= end:
        return []
    parts = []
    for step in profiles([machine], begin, end)[machine.pk]:
        share = Share(max(0, step.free.gpus), max(0, step.free.memory_gb))
        if share.gpus or (share.memory_gb and not machine.gpu_count):
            same_day = timezone.localdate(step.start) == timezone.localdate(step.end)
            until = wording.clock(step.end) if same_day else _moment(step.end)
            words = {"start": _moment(step.start), "end": until, "share": wording.share_in_sentence(*share)}
            parts.append(FreePart(step.start, step.end, share, _("free %(start)s to %(end)s, %(share)s") % words))
    return parts
