"""The bars and closures in one machine's row, as values to draw.

Pure, but for the language of the texts.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.utils.translation import gettext as _

from farm.models import Closure, Machine
from farm.models.states import OPEN, State, state_at
from farm.rules import wording
from farm.rules.permissions import ViewerPermissions
from farm.timeline import geometry
from farm.timeline.booked import Booked
from farm.timeline.geometry import TEXT_HEIGHT, Piece, Window, pixels, texts_that_fit
from farm.timeline.state_styles import STATE_STYLES, StateStyle
from farm.timeline.texts import Seen, TimelineTexts

NO_TEXTS = ("", "")
MEMORY_LANES = 30  # a machine without GPUs is drawn by its memory, in thirtieths


class BarPiece(NamedTuple):
    """A rectangle of a bar: `y` and `height` in pixels, as text.

    `text` is on every screen, `wide_text` follows it on a wide one.
    """

    y: str
    height: str
    text: str
    wide_text: str


@dataclass(slots=True)
class Bar:
    """One allocation.

    `x` and `width` are per cent of the plot; a bar in lanes that do not adjoin has several pieces.
    """

    booked: Booked
    mine: bool
    team: bool
    who: str  # "" where the viewer may not know
    state: State
    x: str
    width: str
    pieces: list[BarPiece]
    moves: str  # what the viewer may drag: "start end"; "end" of a running booking; "" nothing
    name: str  # for a screen reader, and on hover; the plot around it names the machine

    @property
    def classes(self) -> str:
        owner = " t-mine" if self.mine else " t-team" if self.team else ""
        state = self.style.bar
        return f"t-bar{owner} {state}" if state else f"t-bar{owner}"

    @property
    def style(self) -> StateStyle:
        return STATE_STYLES[self.state]


class ClosureShape(NamedTuple):
    """A rectangle of a closure: `x` and `width` in per cent, `y` and `height` in pixels, and its texts as of a bar."""

    x: str
    width: str
    y: str
    height: str
    text: str
    wide_text: str


def bars_of(
    machine: Machine,
    booked: list[Booked],
    closures: list[Closure],
    window: Window,
    room: int,
    now: datetime,
    sight: ViewerPermissions,
    texts: TimelineTexts,
) -> list[Bar]:
    """Return the bars of a machine that is drawn `room` pixels high, in drawing order."""
    lanes = machine.gpu_count or MEMORY_LANES
    spans = [(one.start, one.end, _lanes(machine, one)) for one in booked]
    closed = [(closure.start, closure.end, _lanes(machine, closure)) for closure in closures if not closure.is_whole]
    stacked = geometry.stack(spans, lanes, room, closed)
    bars = [_bar(held, pieces, window, now, sight, texts) for held, pieces in zip(booked, stacked, strict=True)]
    # A bar without a lane of its own is drawn over the others.
    return sorted(bars, key=lambda bar: bool(machine.gpu_count) and not bar.booked.gpus)


def _lanes(machine: Machine, held: Booked | Closure) -> int:
    """Return how many lanes an allocation or a closure of a part takes.

    A lane is a GPU; on a machine without GPUs it is a part of the memory.
    """
    if machine.gpu_count:
        return held.gpus or 0
    memory_lanes: int = (held.memory_gb or 0) * MEMORY_LANES // max(1, machine.memory_gb)
    return max(1, memory_lanes)


def _seen(booked: Booked, sight: ViewerPermissions, texts: TimelineTexts) -> Seen:
    mine, sees_name = sight.is_mine(booked), sight.sees_name(booked)
    return Seen(
        mine=mine,
        team=sees_name and sight.is_of_my_project(booked),
        sees_name=sees_name,
        may_change=sight.may_change(booked),
        who=texts.you if mine else wording.short_name(booked) if sees_name else "",
    )


def _bar(
    booked: Booked,
    pieces: list[Piece],
    window: Window,
    now: datetime,
    sight: ViewerPermissions,
    texts: TimelineTexts,
) -> Bar:
    whose = (booked.owner_id, booked.project_id)
    seen = texts.seen.get(whose) or texts.seen.setdefault(whose, _seen(booked, sight, texts))
    mine, team, sees_name, may_change, who = seen
    purpose = booked.purpose if sees_name else ""
    state = state_at(booked.stored_state, booked.start, booked.end, now)
    moves = ""
    if may_change and state in OPEN:
        moves = "end" if state == State.ACTIVE else "start end"
    x, width, width_px = window.bar(booked.start, booked.end)
    words = texts.of_bar(state, who, booked.gpus, booked.memory_gb, purpose)
    # Only the first piece has a text, where it is high enough.
    (y, height), *others = pieces
    fitting = texts_that_fit(words.drawn, width_px) if height >= TEXT_HEIGHT - 1 else NO_TEXTS
    drawn = [BarPiece(pixels(y), pixels(height), *fitting)]
    if others:
        drawn += [BarPiece(pixels(y), pixels(height), *NO_TEXTS) for y, height in others]
    name = words.name % {"from": texts.day_and_clock(booked.start), "to": texts.day_and_clock(booked.end)}
    return Bar(booked, mine, team, who, state, x, width, drawn, moves, name)


def closure_shapes(machine: Machine, closures: list[Closure], window: Window, room: int) -> list[ClosureShape]:
    """Return the closures as rectangles that hang from the capacity line.

    Closures of the whole machine come first; closures of a part are drawn over them, one below the other.
    """
    if not closures:
        return []
    whole = [closure for closure in closures if closure.is_whole]
    partial = [closure for closure in closures if not closure.is_whole]
    spans = [(closure.start, closure.end, max(1, _lanes(machine, closure))) for closure in partial]
    stacked = geometry.stack(spans, machine.gpu_count or MEMORY_LANES, room)
    shapes = [_closure_shape(closure, Piece(geometry.TOP, room), window) for closure in whole]
    for closure, pieces in zip(partial, stacked, strict=True):
        for y, height in pieces:
            # `stack` counts lanes from the floor; a closure counts them from the top.
            from_top = Piece(2 * geometry.TOP + room - y - height, height)
            shapes.append(_closure_shape(closure, from_top, window))
    return shapes


def _closure_shape(closure: Closure, piece: Piece, window: Window) -> ClosureShape:
    if closure.is_whole:
        reason = closure.reason or _("Closed")
        texts = [f"{reason}, " + _("back %(time)s") % {"time": wording.weekday_and_clock(closure.end)}, reason]
    else:
        share = wording.share(closure.gpus or 0, 0 if closure.gpus else closure.memory_gb or 0)
        texts = [_("%(share)s closed") % {"share": share}]
    x, width, width_px = window.bar(closure.start, closure.end)
    is_high_enough = piece.height >= TEXT_HEIGHT - 1
    fitting = texts_that_fit(geometry.measured(texts) if is_high_enough else [], width_px)
    return ClosureShape(x, width, pixels(piece.y), pixels(piece.height), *fitting)
