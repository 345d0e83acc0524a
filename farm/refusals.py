"""The refusal for want of room: what is missing and when, and up to three ways on that fit."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from farm.availability import Share, Shortage, earliest_fit, first_shortage, least
from farm.ledger import profiles
from farm.models import Resource
from farm.rules import Line, max_span
from kernel.errors import Conflict

SEARCH = timedelta(days=30)  # how far ahead another time is looked for


class Missing(NamedTuple):
    resource: Resource
    shortage: Shortage


class Alternative(NamedTuple):
    kind: str  # time, machine or share
    resource: Resource
    start: datetime
    end: datetime
    share: Share


class Short(Exception):
    """Raised under the lock: these lines do not fit. `no_room` makes the refusal of it, after the lock is gone."""

    def __init__(self, missing: list[Missing]) -> None:
        super().__init__("short")
        self.missing = missing


class NoRoom(Conflict):
    """409 with `missing` and `alternatives` in the error object, as spec/wire.md has them."""

    def __init__(self, missing: list[Missing], alternatives: list[Alternative]) -> None:
        first = missing[0]
        sentence = _("%(name)s does not have that much free all the time: %(missing)s missing.")
        words = {"name": first.resource.name, "missing": in_words(first.shortage.missing)}
        super().__init__("no_room", sentence % words)
        self.missing = missing
        self.alternatives = alternatives
        self.extra = self.told(datetime.isoformat)

    def told(self, moment: Any) -> dict[str, Any]:
        """`missing` and `alternatives` as JSON values, with `moment` to write a time."""
        return {
            "missing": [
                {
                    "resource": resource.pk,
                    "from": moment(short.start),
                    "to": moment(short.end),
                    "gpus": short.missing.gpus,
                    "memory_gb": short.missing.memory_gb,
                }
                for resource, short in self.missing
            ],
            "alternatives": [
                {
                    "resource": way.resource.pk,
                    "start": moment(way.start),
                    "end": moment(way.end),
                    "gpus": way.share.gpus,
                    "memory_gb": way.share.memory_gb,
                }
                for way in self.alternatives
            ],
        }


def in_words(share: Share) -> str:
    parts = []
    if share.gpus:
        parts.append(_("%(count)s GPU") % {"count": share.gpus})
    if share.memory_gb or not share.gpus:
        parts.append(_("%(count)s GB") % {"count": share.memory_gb})
    return ", ".join(parts)


def check_room(
    machines: dict[int, Resource], lines: Sequence[Line], start: datetime, end: datetime, but: Collection[int] = ()
) -> None:
    """Under the lock: every line fits at every instant of the span, or Short says which do not, and when."""
    free = profiles([machines[line.resource_id] for line in lines], start, end, but=but)
    missing = []
    for line in lines:
        shortage = first_shortage(free[line.resource_id], line.share)
        if shortage:
            missing.append(Missing(machines[line.resource_id], shortage))
    if missing:
        raise Short(missing)


def no_room(
    short: Short, lines: Sequence[Line], start: datetime, end: datetime, now: datetime, but: Collection[int] = ()
) -> NoRoom:
    """The refusal of a Short, with what fits instead. Read without the lock: an offer, not a promise."""
    return NoRoom(short.missing, alternatives(short, lines, start, end, now, but))


def alternatives(
    short: Short, lines: Sequence[Line], start: datetime, end: datetime, now: datetime, but: Collection[int] = ()
) -> list[Alternative]:
    resource = short.missing[0].resource
    line = next(line for line in lines if line.resource_id == resource.pk)
    after = max(start, now)
    far = max(after, end) + SEARCH
    machines = list(Resource.objects.bookable())
    free = profiles(machines, min(start, after), far, but=but)
    found: list[Alternative] = []

    asked = {line.resource_id: line for line in lines}
    if set(asked) <= set(free):
        when = _earliest_for_all(free, asked, end - start, after)
        if when is not None and end - start <= max_span():
            found.append(Alternative("time", resource, when, when + (end - start), line.share))

    span = profiles(machines, start, end, but=but)
    others = [machine for machine in machines if machine.pk not in asked and least(span[machine.pk]).covers(line.share)]
    if others:
        # the most alike first, then the one that is left with the least to spare
        best = min(others, key=lambda other: _likeness(other, resource, least(span[other.pk]), line.share))
        found.append(Alternative("machine", best, start, end, line.share))

    if resource.pk in span:
        left = line.share.capped(least(span[resource.pk]))
        if left.gpus >= 0 and left.memory_gb >= 0 and (left.gpus > 0 if line.gpus else left.memory_gb > 0):
            found.append(Alternative("share", resource, start, end, left))
    return found


def _likeness(other: Resource, resource: Resource, free: Share, need: Share) -> tuple[bool, bool, int, int, str]:
    return (
        other.gpu_model != resource.gpu_model,
        other.location != resource.location,
        free.gpus - need.gpus,
        free.memory_gb - need.memory_gb,
        other.name,
    )


def _earliest_for_all(
    free: dict[int, Any], asked: dict[int, Line], duration: timedelta, after: datetime
) -> datetime | None:
    """The first instant at which every line fits its own machine: each machine may push it further on."""
    when = after
    while True:
        pushed = when
        for resource_id, line in asked.items():
            fit = earliest_fit(free[resource_id], line.share, duration, pushed)
            if fit is None:
                return None
            pushed = fit
        if pushed == when:
            return when
        when = pushed
