"""Where and when a need would fit: one query for all machines, one sweep per machine. Read without the lock."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from farm.availability import Share, earliest_fit, least
from farm.ledger import capacity, profiles
from farm.models import Resource


class Fit(NamedTuple):
    resource: Resource
    start: datetime
    end: datetime


def fitting(need: Share, start: datetime, end: datetime) -> list[Resource]:
    """Machines on which `need` fits over this span, the one that is left with the least to spare first."""
    machines = list(Resource.objects.bookable())
    free = profiles(machines, start, end)
    found = [(least(free[machine.pk]), machine) for machine in machines]
    fits = [(spare, machine) for spare, machine in found if spare.covers(need)]
    return [machine for spare, machine in sorted(fits, key=lambda pair: (*pair[0], pair[1].name))]


def earliest(
    need: Share,
    duration: timedelta,
    after: datetime,
    before: datetime,
    machines: Iterable[Resource] | None = None,
) -> list[Fit]:
    """The first fit of each machine that has one before `before`, soonest first."""
    able = [
        machine
        for machine in (Resource.objects.bookable() if machines is None else machines)
        if capacity(machine).covers(need)
    ]
    free = profiles(able, after, before)
    found = []
    for machine in able:
        start = earliest_fit(free[machine.pk], need, duration, after)
        if start is not None:
            found.append(Fit(machine, start, start + duration))
    return sorted(found, key=lambda fit: (fit.start, fit.resource.name))
