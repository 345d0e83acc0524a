"""One machine's row of the week: its bars, closures and free counts, as values to draw. Pure but for the language."""

import itertools
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from farm import drawing, wording
from farm.availability import Load, Share, profile
from farm.drawing import Piece, Window, isolated, per_cent, pixels
from farm.ledger import capacity, closure_load
from farm.models import Allocation, Closure, Resource
from farm.permissions import Sight
from farm.states import OPEN, State
from kernel import dates

MEMORY_LANES = 30  # a machine without GPUs is drawn in memory, in thirtieths


@dataclass
class Bar:
    line: Allocation
    mine: bool
    team: bool
    who: str  # "" where the viewer may not know
    state: State
    x: str = ""
    width: str = ""
    pieces: list[dict[str, str]] = field(default_factory=list)
    moves: str = ""  # what the viewer may drag: "start end", "end" once it is running, "" nothing
    name: str = ""  # what a screen reader says

    @property
    def classes(self) -> str:
        kinds = {
            "t-mine": self.mine,
            "t-team": self.team and not self.mine,
            "t-past": self.state in (State.FINISHED, State.RELEASED),
            "t-pending": self.state == State.PENDING,
        }
        return " ".join(["t-bar", *(name for name, holds in kinds.items() if holds)])


@dataclass
class Day:
    date: date
    window: Window
    x: str
    is_today: bool
    is_weekend: bool
    label: str
    has_mine: bool = False


@dataclass
class Row:
    resource: Resource
    size: str
    free: Share
    now: wording.FreeNow
    height: str
    room: str
    floor: str
    words_y: str
    bars: list[Bar]
    shut: list[dict[str, Any]]
    words: list[dict[str, Any]]


def row_of(
    resource: Resource,
    lines: list[Allocation],
    closures: list[Closure],
    free: Share,
    window: Window,
    days: list[Day],
    now: datetime,
    sight: Sight,
) -> Row:
    room = drawing.room_height(resource.gpu_count or 2)
    shut = [closure_load(closure, resource) for closure in closures]
    loads = [Load(line.start, line.end, line.gpus, line.memory_gb) for line in lines]
    closed_now = any(closure.is_whole and closure.start <= now < closure.end for closure in closures)
    return Row(
        resource=resource,
        size=wording.size(resource),
        free=free,
        now=wording.free_now(resource, free, closed=closed_now),
        height=pixels(room + drawing.TOP + drawing.WORDS),
        room=pixels(room),
        floor=pixels(drawing.TOP + room + 0.5),
        words_y=pixels(drawing.TOP + room + 1),
        bars=_bars(resource, lines, window, room, now, sight),
        shut=[_shut(resource, closure, window, room) for closure in closures if closure.end > window.start],
        words=_words(resource, loads, shut, closures, window, days, now),
    )


def _bars(
    resource: Resource, lines: list[Allocation], window: Window, room: int, now: datetime, sight: Sight
) -> list[Bar]:
    if resource.gpu_count:
        lanes, sizes = resource.gpu_count, [line.gpus for line in lines]
    else:
        lanes = MEMORY_LANES
        sizes = [max(1, line.memory_gb * lanes // max(1, resource.memory_gb)) for line in lines]
    spans = [(line.start, line.end, size) for line, size in zip(lines, sizes, strict=True)]
    stacked = drawing.stack(spans, lanes, room)
    return [_bar(resource, line, pieces, window, now, sight) for line, pieces in zip(lines, stacked, strict=True)]


def _bar(resource: Resource, line: Allocation, pieces: list[Piece], window: Window, now: datetime, sight: Sight) -> Bar:
    reservation = line.reservation
    mine = sight.is_mine(reservation)
    sees = sight.sees_name(reservation)
    bar = Bar(
        line=line,
        mine=mine,
        team=sight.is_of_my_project(reservation),
        who=_("You") if mine else short_name(reservation.owner) if sees else "",
        state=reservation.state_at(now),
        x=window.x(line.start),
        width=window.width(line.start, line.end),
    )
    if sight.may_change(reservation) and bar.state in OPEN:
        bar.moves = "end" if bar.state == State.ACTIVE else "start end"
    share = wording.share(line.gpus, 0) if line.gpus else wording.share(0, line.memory_gb)
    purpose = reservation.purpose if sees else ""
    mark = "? " if bar.state == State.PENDING else ""
    parts = [part for part in (isolated(bar.who) if bar.who else "", share, purpose) if part]
    texts = [mark + " · ".join(parts[:count]) for count in range(len(parts), 0, -1)]
    wide = window.pixels(line.start, line.end)
    for number, piece in enumerate(pieces):
        fits = number == 0 and piece.height >= drawing.TEXT_HEIGHT - 1
        bar.pieces.append(
            {
                "y": pixels(piece.y),
                "height": pixels(piece.height),
                "fill": pixels(max(1, piece.height - 1)),
                "text": drawing.first_that_fits(texts, wide) if fits else "",
                "text_y": pixels(piece.height / 2 + 4.2),
            }
        )
    words = {
        "what": " · ".join([bar.who or _("Booked"), wording.share(line.gpus, line.memory_gb), purpose]).strip(" ·"),
        "machine": resource.name,
        "from": wording.day_and_clock(line.start),
        "to": wording.day_and_clock(line.end),
        "state": bar.state.label,
    }
    bar.name = _("%(what)s on %(machine)s, %(from)s to %(to)s, %(state)s") % words
    return bar


def _shut(resource: Resource, closure: Closure, window: Window, room: int) -> dict[str, Any]:
    """A closure hangs from the capacity line."""
    total = resource.gpu_count or resource.memory_gb
    part = closure.gpus if resource.gpu_count else closure.memory_gb
    height = room if closure.is_whole else max(4, room * min(total, part or 0) / total)
    opens = f"{dates.write(timezone.localtime(closure.end), 'weekday')} {wording.clock(closure.end)}"
    back = _("back %(time)s") % {"time": opens}
    whole = ", ".join(part for part in (closure.reason or _("Closed"), back) if part)
    some = _("%(share)s closed") % {"share": wording.share(closure.gpus or 0, 0 if closure.gpus else part or 0)}
    texts = [whole, closure.reason or _("Closed")] if closure.is_whole else [some]
    return {
        "closure": closure,
        "x": window.x(closure.start),
        "width": window.width(closure.start, closure.end),
        "height": pixels(height),
        "text": drawing.first_that_fits(texts, window.pixels(closure.start, closure.end)) if height >= 12 else "",
        "text_y": pixels(height / 2 + 4),
    }


def _words(
    resource: Resource,
    loads: list[Load],
    shut: list[Load],
    closures: list[Closure],
    window: Window,
    days: list[Day],
    now: datetime,
) -> list[dict[str, Any]]:
    """One per day from now on."""
    found = []
    for day in days:
        start, end = max(day.window.start, now), day.window.end
        if start >= end:
            continue
        steps = profile(capacity(resource), loads, shut, start, end)
        closed = any(closure.is_whole and closure.start < end and closure.end > start for closure in closures)
        words = wording.day_words(resource, steps, closed=closed)
        wide = window.pixels(start, end)
        if drawing.text_width(words.number + (words.rest if words.hour else "")) + 10 > wide:
            # The hour is never dropped: "2 free" alone would promise the whole day. The past part of today has no
            # words of its own, so these may begin there.
            start, wide = day.window.start, window.pixels(day.window.start, end)
        if wide < 24:
            continue
        if wide < 110:
            words = words._replace(more="")
        if wide < 90 and words.number and not words.hour:
            words = words._replace(rest="")
        if drawing.text_width(words.number) + 10 > wide:
            words = words._replace(number=words.number.split()[0])
        found.append({"x": window.x(start), "width": window.width(start, end), "words": words})
    return found


def short_name(person: Any) -> str:
    """`J. Weiß`; a name in one part stays whole."""
    if person.first_name and person.last_name:
        return f"{person.first_name[:1]}. {person.last_name}"
    return str(person.display_name)


def strip(row: Row, day: Day) -> list[dict[str, str]]:
    """The load of one day as rectangles over a track: others below, mine on them, closures hatched."""
    side = 0 if row.resource.gpu_count else 1
    total = max(1, capacity(row.resource)[side])
    inside = [bar for bar in row.bars if bar.line.start < day.window.end and bar.line.end > day.window.start]
    edges = sorted(
        {max(bar.line.start, day.window.start) for bar in inside}
        | {min(bar.line.end, day.window.end) for bar in inside}
    )
    found = []
    for start, end in itertools.pairwise(edges):
        under = 0.0
        for kind, mine in (("s-use", False), ("s-mine", True)):
            taken = sum(
                (bar.line.gpus, bar.line.memory_gb)[side]
                for bar in inside
                if bar.mine == mine and bar.line.start <= start and bar.line.end >= end
            )
            height = min(1 - under, taken / total)
            if height > 0:
                found.append(_rectangle(kind, day.window, start, end, 1 - under - height, height))
                under += height
    for shut in row.shut:
        closure = shut["closure"]
        if closure.is_whole and closure.start < day.window.end and closure.end > day.window.start:
            found.append(_rectangle("hatch", day.window, closure.start, closure.end, 0, 1))
    return found


def _rectangle(kind: str, window: Window, start: datetime, end: datetime, y: float, height: float) -> dict[str, str]:
    return {
        "kind": kind,
        "x": window.x(start),
        "width": window.width(start, end),
        "y": per_cent(y),
        "height": per_cent(height),
    }
