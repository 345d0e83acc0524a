"""One machine's row of the timeline: what is drawn in it, and what is free in words."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from farm.models import Closure, Machine
from farm.queries.occupancy import capacity, closure_load
from farm.rules import wording
from farm.rules.availability import Share, cut, least, profile
from farm.rules.permissions import ViewerPermissions
from farm.timeline import geometry
from farm.timeline.axis import Axis
from farm.timeline.bars import Bar, ClosureShape, bars_of, closure_shapes
from farm.timeline.booked import Booked
from farm.timeline.geometry import Window, pixels
from farm.timeline.texts import TimelineTexts

LONG = timedelta(hours=26)  # in a unit of more than a day, the time of day alone would not say when


@dataclass
class MachineBookings:
    """The bookings and closures of one machine in the window, and its free capacity now."""

    booked: list[Booked]
    closures: list[Closure]
    free: Share


class FreeWords(NamedTuple):
    """The words for the free capacity in one unit of the axis, from now on; `x` and `width` are in per cent.

    `drawn` holds as many of the words as fit the drawing, or is None.
    """

    words: wording.FreeText
    start: datetime
    end: datetime
    drawn: wording.FreeText | None
    x: str
    width: str


@dataclass
class TimelineRow:
    """The row of one machine; heights and y are in pixels, as text."""

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
    closure_shapes: list[ClosureShape]
    words: list[FreeWords]


def machine_row(
    machine: Machine,
    bookings: MachineBookings,
    window: Window,
    axis: Axis,
    now: datetime,
    sight: ViewerPermissions,
    texts: TimelineTexts,
) -> TimelineRow:
    """Return the row of `machine`, with the names that the viewer may see."""
    quantity = machine.gpu_count or 2
    room = geometry.room_height(quantity)
    kind = (machine.gpu_count, machine.gpu_model, machine.memory_gb)
    visible_closures = [
        closure for closure in bookings.closures if closure.end > window.start and closure.start < window.end
    ]
    return TimelineRow(
        machine=machine,
        size=texts.sizes.get(kind) or texts.sizes.setdefault(kind, wording.size(machine)),
        free=bookings.free,
        now=_free_now(machine, bookings, now, texts),
        height=pixels(geometry.row_height(quantity)),
        room=pixels(room),
        floor=pixels(geometry.TOP + room + 0.5),
        words_y=pixels(geometry.TOP + room + 1),
        bars=bars_of(machine, bookings.booked, bookings.closures, window, room, now, sight, texts),
        closures=visible_closures,
        closure_shapes=closure_shapes(machine, visible_closures, window, room),
        words=_free_words(machine, bookings, window, axis, now, texts) if machine.state == Machine.State.OPEN else [],
    )


def _free_now(machine: Machine, bookings: MachineBookings, now: datetime, texts: TimelineTexts) -> wording.FreeNow:
    closed = any(closure.is_whole and closure.start <= now < closure.end for closure in bookings.closures)
    return texts.free_now(machine.state, capacity(machine), bookings.free, closed)


def _free_words(
    machine: Machine, bookings: MachineBookings, window: Window, axis: Axis, now: datetime, texts: TimelineTexts
) -> list[FreeWords]:
    """Return in words what is free in each unit of the axis from now on."""
    first, last = max(axis.units[0].start, now), axis.units[-1].end
    if first >= last:
        return []
    closed_loads = [closure_load(closure, machine) for closure in bookings.closures]
    whole = [closure for closure in bookings.closures if closure.is_whole]
    all_steps = profile(capacity(machine), bookings.booked, closed_loads, first, last)
    has_gpus = bool(machine.gpu_count)
    units = []
    for unit in axis.units:
        start, end = max(unit.start, now), unit.end
        if start >= end:
            continue
        steps = cut(all_steps, start, end)
        words = texts.always_free(least(steps), has_gpus, machine.memory_gb)
        if words is None:
            closed = any(closure.start < end and closure.end > start for closure in whole)
            write = texts.weekday_and_clock if end - start > LONG else texts.clock
            words = wording.free_part(steps, 0 if has_gpus else 1, closed=closed, write=write)
        units.append(_in_unit(words, window, unit.start, start, end))
    return units


@lru_cache(maxsize=2000)
def _in_unit(
    words: wording.FreeText, window: Window, unit_start: datetime, start: datetime, end: datetime
) -> FreeWords:
    """Return the words with their place in the window. Many machines have the same ones."""
    x, width, wide = _place(window, start, end)
    if geometry.text_width(words.number + (words.rest if words.hour else "")) + 10 > wide:
        # The hour is never dropped: "2 free" alone would promise the whole day. The past part of today has no words of
        # its own, so these may begin there.
        x, width, wide = _place(window, unit_start, end)
    return FreeWords(words, start, end, _fitted(words, wide), x, width)


def _place(window: Window, start: datetime, end: datetime) -> tuple[str, str, float]:
    """Return x and width in per cent, and the width in pixels."""
    return window.x(start), window.width(start, end), window.pixels(start, end)


def _fitted(words: wording.FreeText, width: float) -> wording.FreeText | None:
    """Return as many of the words as fit into `width` pixels and stay true.

    Return None where nothing fits.
    """
    if width < 24 or (words.hour and geometry.text_width(words.bare + words.rest) + 10 > width):
        return None
    if geometry.text_width(words.number + words.rest + words.more) + 10 > width:
        words = words._replace(more="")
    if words.hour:
        return words
    if words.number and geometry.text_width(words.number + words.rest) + 10 > width:
        words = words._replace(rest="")
    if geometry.text_width(words.number) + 10 > width:
        words = words._replace(number=words.number.split()[0])
    return words
