"""The refusal for want of room: what is missing and when, and up to three ways on that fit."""

from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from farm.models import Machine
from farm.queries.alternatives import Alternative, Question, ways_on
from farm.queries.occupancy import profiles
from farm.rules import wording
from farm.rules.availability import Share, Shortage, shortages
from farm.rules.limits import Line
from kernel.errors import Conflict


class Missing(NamedTuple):
    """One stretch in which one machine is short."""

    machine: Machine
    shortage: Shortage


class Tight(NamedTuple):
    """One machine that is short: `missing` at the worst of its `stretches` (each side at its own)."""

    machine: Machine
    need: Share
    missing: Share
    stretches: list[Shortage]

    @property
    def worst(self) -> Shortage:
        """The stretch in which the greatest part is missing."""
        return max(self.stretches, key=lambda one: part_of(one.missing, self.need))

    @property
    def part(self) -> float:
        return part_of(self.missing, self.need)


def part_of(missing: Share, need: Share) -> float:
    """How much of what was asked is missing, 0 to 1, on the side where it is more."""
    return max(short / asked for short, asked in zip(missing, need, strict=True) if asked)


class Short(Exception):
    """Raised under the lock: these lines do not fit. `no_room` makes the refusal of it, after the lock is gone."""

    def __init__(self, missing: list[Missing], question: Question) -> None:
        super().__init__("short")
        self.missing = missing
        self.question = question


class NoRoom(Conflict):
    """409 with `missing` and `alternatives` in the error object, as docs/wire.md has them."""

    def __init__(self, missing: list[Missing], question: Question, alternatives: list[Alternative]) -> None:
        self.missing = missing
        self.question = question
        self.alternatives = alternatives
        self.tight = tightest_first(missing, question)
        super().__init__("no_room", _sentence(self.tight[0]))
        self.extra = self.told(_iso)

    def told(self, moment: Callable[[datetime], str]) -> dict[str, Any]:
        """`missing` and `alternatives` as JSON values, with `moment` to write a time."""
        return {
            "missing": [
                {
                    "resource": machine.pk,
                    "from": moment(short.start),
                    "to": moment(short.end),
                    "gpus": short.missing.gpus,
                    "memory_gb": short.missing.memory_gb,
                }
                for machine, short in self.missing
            ],
            "alternatives": [
                {
                    "resource": way.machine.pk,
                    "start": moment(way.start),
                    "end": moment(way.end),
                    "gpus": way.share.gpus,
                    "memory_gb": way.share.memory_gb,
                    "lines": [
                        {"resource": part.machine.pk, "gpus": part.share.gpus, "memory_gb": part.share.memory_gb}
                        for part in way.parts
                    ],
                }
                for way in self.alternatives
            ],
        }


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def tightest_first(missing: Sequence[Missing], question: Question) -> list[Tight]:
    """By machine, the one first of which the greatest part is missing."""
    needs = {line.machine_id: line.share for line in question.lines}
    found = []
    for machine, group in groupby(missing, key=lambda one: one.machine):
        stretches = [one.shortage for one in group]
        worst = Share(max(one.missing.gpus for one in stretches), max(one.missing.memory_gb for one in stretches))
        found.append(Tight(machine, needs[machine.pk], worst, stretches))
    return sorted(found, key=lambda one: -one.part)


def _sentence(tight: Tight) -> str:
    words = {
        "name": tight.machine.name,
        "missing": in_words(tight.missing),
        "when": wording.span(tight.stretches[0].start, tight.stretches[-1].end),
        "count": len(tight.stretches),
    }
    if len(tight.stretches) == 1:
        return _("%(name)s does not have that much free all the time: %(missing)s missing, %(when)s.") % words
    return (
        _("%(name)s does not have that much free all the time: up to %(missing)s missing, %(count)s times in %(when)s.")
        % words
    )


def in_words(share: Share) -> str:
    parts = []
    if share.gpus:
        parts.append(_("%(count)s GPU") % {"count": share.gpus})
    if share.memory_gb or not share.gpus:
        parts.append(_("%(count)s GB") % {"count": share.memory_gb})
    return ", ".join(parts)


def check_room(
    machines: dict[int, Machine],
    lines: Sequence[Line],
    start: datetime,
    end: datetime,
    but: Collection[int] = (),
    *,
    ends: datetime | None = None,
    begun: datetime | None = None,
) -> None:
    """Under the lock: every line fits at every instant of the span, or Short says which do not, and when.

    Of a change, `ends` is the end that the booking has now and `begun` is when it began, if it has.
    """
    free = profiles([machines[line.machine_id] for line in lines], start, end, but=but)
    missing = short_of(machines, lines, free)
    if missing:
        raise Short(missing, Question(tuple(lines), start, end, tuple(but), ends, begun))


def short_of(machines: dict[int, Machine], lines: Sequence[Line], free: dict[int, Any]) -> list[Missing]:
    return [
        Missing(machines[line.machine_id], stretch)
        for line in lines
        for stretch in shortages(free[line.machine_id], line.share)
    ]


def no_room(short: Short, now: datetime) -> NoRoom:
    """The refusal of a Short, with what fits instead. Read without the lock: an offer, not a promise."""
    order = [tight.machine.pk for tight in tightest_first(short.missing, short.question)]
    return NoRoom(short.missing, short.question, ways_on(short.question, order, now))
