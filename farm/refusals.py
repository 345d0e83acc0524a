"""The refusal for want of room: what is missing and when, and up to three ways on that fit."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from farm.availability import Share, Shortage, earliest_fit, first_shortage, least
from farm.ledger import profiles
from farm.models import Resource
from farm.rules import Line
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

    def __init__(
        self, missing: list[Missing], lines: Sequence[Line], start: datetime, end: datetime, but: Collection[int]
    ) -> None:
        super().__init__("short")
        self.missing = missing
        self.lines = lines
        self.start = start
        self.end = end
        self.but = but  # reservations that the question leaves out: the one that is changed


class NoRoom(Conflict):
    """409 with `missing` and `alternatives` in the error object, as spec/wire.md has them."""

    def __init__(self, missing: list[Missing], alternatives: list[Alternative]) -> None:
        first = missing[0]
        sentence = _("%(name)s does not have that much free all the time: %(missing)s missing.")
        words = {"name": first.resource.name, "missing": in_words(first.shortage.missing)}
        super().__init__("no_room", sentence % words)
        self.missing = missing
        self.alternatives = alternatives
        self.extra = self.told(_iso)

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


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


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
        raise Short(missing, lines, start, end, but)


def no_room(short: Short, now: datetime) -> NoRoom:
    """The refusal of a Short, with what fits instead. Read without the lock: an offer, not a promise."""
    return NoRoom(short.missing, alternatives(short, now))


def alternatives(short: Short, now: datetime) -> list[Alternative]:
    """Another time, another machine, a smaller share: each only if it fits. Of a running booking: how far it can go."""
    resource, shortage = short.missing[0]
    line = next(line for line in short.lines if line.resource_id == resource.pk)
    if short.but and short.start <= now:
        until = Alternative("time", resource, short.start, shortage.start, line.share)
        return [until] if shortage.start > now else []
    machines = list(Resource.objects.bookable())
    found: list[Alternative | None] = [_another_time(short, resource, line, machines, now)]
    span = profiles(machines, short.start, short.end, but=short.but)
    asked = {row.resource_id for row in short.lines}
    fits = [row for row in machines if row.pk not in asked and least(span[row.pk]).covers(line.share)]
    if fits:
        # the most alike first, then the one that is left with the least to spare
        best = min(fits, key=lambda row: _likeness(row, resource, least(span[row.pk]), line.share))
        found.append(Alternative("machine", best, short.start, short.end, line.share))
    if resource.pk in span:
        left = line.share.capped(least(span[resource.pk]))
        if min(left) >= 0 and (left.gpus if line.gpus else left.memory_gb):
            found.append(Alternative("share", resource, short.start, short.end, left))
    return [way for way in found if way]


def _another_time(
    short: Short, resource: Resource, line: Line, machines: list[Resource], now: datetime
) -> Alternative | None:
    """The first time at which every line fits its machine."""
    length, after = short.end - short.start, max(short.start, now)
    free = profiles(machines, after, after + length + SEARCH, but=short.but)
    asked = {row.resource_id: row for row in short.lines}
    if not set(asked) <= set(free):
        return None
    when = earliest_for_all(free, asked, length, after)
    return None if when is None else Alternative("time", resource, when, when + length, line.share)


def _likeness(other: Resource, resource: Resource, free: Share, need: Share) -> tuple[bool, bool, int, int, str]:
    return (
        other.gpu_model != resource.gpu_model,
        other.location != resource.location,
        free.gpus - need.gpus,
        free.memory_gb - need.memory_gb,
        other.name,
    )


def earliest_for_all(
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
