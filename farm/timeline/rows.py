"""One machine's row of the timeline: what is drawn of it, and its free counts in words. Pure but for the language."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from farm.models import Allocation, Closure, Machine
from farm.queries.occupancy import capacity, closure_load
from farm.rules import wording
from farm.rules.availability import Load, Share, profile
from farm.rules.permissions import ViewerPermissions
from farm.timeline import geometry
from farm.timeline.axis import Axis
from farm.timeline.bars import Bar, bars_of, shut_of
from farm.timeline.geometry import Window, pixels

LONG = timedelta(hours=26)  # over more than a day, an hour alone does not say when


@dataclass
class Held:
    """What lies on one machine between the edges of the window."""

    lines: list[Allocation]
    closures: list[Closure]
    free: Share  # now


@dataclass
class Row:
    machine: Machine
    size: str
    free: Share
    now: wording.FreeNow
    height: str
    room: str
    floor: str
    words_y: str
    bars: list[Bar]
    closures: list[Closure]
    shut: list[dict[str, Any]]
    words: list[dict[str, Any]]


def row_of(machine: Machine, held: Held, window: Window, axis: Axis, now: datetime, sight: ViewerPermissions) -> Row:
    quantity = machine.gpu_count or 2
    room = geometry.room_height(quantity)
    shown = [closure for closure in held.closures if closure.end > window.start and closure.start < window.end]
    return Row(
        machine=machine,
        size=wording.size(machine),
        free=held.free,
        now=free_now(machine, held.free, held.closures, now),
        height=pixels(geometry.row_height(quantity)),
        room=pixels(room),
        floor=pixels(geometry.TOP + room + 0.5),
        words_y=pixels(geometry.TOP + room + 1),
        bars=bars_of(machine, held.lines, held.closures, window, room, now, sight),
        closures=shown,
        shut=shut_of(machine, shown, window, room),
        words=_words(machine, held, window, axis, now) if machine.state == Machine.State.OPEN else [],
    )


def free_now(machine: Machine, free: Share, closures: list[Closure], now: datetime) -> wording.FreeNow:
    closed = any(closure.is_whole and closure.start <= now < closure.end for closure in closures)
    return wording.free_now(machine, free, closed=closed)


def _words(machine: Machine, held: Held, window: Window, axis: Axis, now: datetime) -> list[dict[str, Any]]:
    """One per stretch of the axis from now on."""
    loads = [Load(line.start, line.end, line.gpus, line.memory_gb) for line in held.lines]
    shut = [closure_load(closure, machine) for closure in held.closures]
    found = []
    for unit in axis.units:
        start, end = max(unit.start, now), unit.end
        if start >= end:
            continue
        steps = profile(capacity(machine), loads, shut, start, end)
        closed = any(one.is_whole and one.start < end and one.end > start for one in held.closures)
        write = wording.weekday_and_clock if end - start > LONG else wording.clock
        words = wording.free_words(machine, steps, closed=closed, write=write)
        said = {"words": words, "start": start, "end": end}
        wide = window.pixels(start, end)
        if geometry.text_width(words.number + (words.rest if words.hour else "")) + 10 > wide:
            # The hour is never dropped: "2 free" alone would promise the whole day. The past part of today has no
            # words of its own, so these may begin there.
            start, wide = unit.start, window.pixels(unit.start, end)
        found.append({**said, "drawn": _fitted(words, wide), "x": window.x(start), "width": window.width(start, end)})
    return found


def _fitted(words: wording.FreeText, wide: float) -> wording.FreeText | None:
    """As much of them as so many pixels hold without a lie; None is nothing."""
    if wide < 24 or (words.hour and geometry.text_width(words.bare + words.rest) + 10 > wide):
        return None
    if geometry.text_width(words.number + words.rest + words.more) + 10 > wide:
        words = words._replace(more="")
    if words.hour:
        return words
    if words.number and geometry.text_width(words.number + words.rest) + 10 > wide:
        words = words._replace(rest="")
    if geometry.text_width(words.number) + 10 > wide:
        words = words._replace(number=words.number.split()[0])
    return words
