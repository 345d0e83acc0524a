"""The bars and closures in one machine's row, as values to draw.

Pure, but for the language of the texts.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from farm.models import Closure, Machine
from farm.models.states import OPEN, State
from farm.rules import wording
from farm.rules.permissions import ViewerPermissions
from farm.timeline import geometry
from farm.timeline.booked import Booked
from farm.timeline.geometry import Piece, Window, pixels
from farm.timeline.state_styles import STATE_STYLES, StateStyle
from farm.timeline.texts import TimelineTexts
from kernel.text.bidi import isolated

MEMORY_LANES = 30  # a machine without GPUs is drawn by its memory, in thirtieths


@dataclass
class Bar:
    """One allocation.

    `x` and `width` are per cent of the plot; a bar in lanes that do not adjoin has several pieces.
    """

    booked: Booked
    mine: bool
    team: bool
    who: str  # "" where the viewer may not know
    state: State
    x: str = ""
    width: str = ""
    pieces: list[dict[str, str]] = field(default_factory=list)
    moves: str = ""  # what the viewer may drag: "start end"; "end" of a running booking; "" nothing
    name: str = ""  # for a screen reader

    @property
    def classes(self) -> str:
        owner = "t-mine" if self.mine else "t-team" if self.team else ""
        return " ".join(name for name in ("t-bar", owner, self.style.bar) if name)

    @property
    def style(self) -> StateStyle:
        return STATE_STYLES[self.state]


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
    bars = [_bar(machine, one, pieces, window, now, sight, texts) for one, pieces in zip(booked, stacked, strict=True)]
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


def _bar(
    machine: Machine,
    booked: Booked,
    pieces: list[Piece],
    window: Window,
    now: datetime,
    sight: ViewerPermissions,
    texts: TimelineTexts,
) -> Bar:
    mine = sight.is_mine(booked)
    sees_name = sight.sees_name(booked)
    bar = Bar(
        booked=booked,
        mine=mine,
        team=sees_name and sight.is_of_my_project(booked),
        who=texts.you if mine else wording.short_name(booked) if sees_name else "",
        state=booked.state_at(now),
    )
    bar.x, bar.width = window.bar(booked.start, booked.end)
    if bar.state in OPEN and sight.may_change(booked):
        bar.moves = "end" if bar.state == State.ACTIVE else "start end"
    purpose = booked.purpose if sees_name else ""
    width = window.pixels(booked.start, booked.end)
    for index, piece in enumerate(pieces):
        is_high_enough = index == 0 and piece.height >= geometry.TEXT_HEIGHT - 1
        bar.pieces.append(
            {
                "y": pixels(piece.y),
                "height": pixels(piece.height),
                "fill": pixels(max(1, piece.height - 1)),
                "text_y": pixels(piece.height / 2 + 4.2),
                **geometry.texts_that_fit(_texts(bar, purpose, texts) if is_high_enough else [], width),
            }
        )
    bar.name = _name(bar, machine, purpose, texts)
    return bar


def _texts(bar: Bar, purpose: str, texts: TimelineTexts) -> list[str]:
    """Return the texts for a bar, the longest first.

    `A. Moreau · 4 GPU · training`, then the same without the last part, and so on.
    """
    gpus, memory_gb = bar.booked.gpus, bar.booked.memory_gb
    share = texts.share(gpus, 0) if gpus else texts.share(0, memory_gb)
    parts = [part for part in (isolated(bar.who) if bar.who else "", share, purpose) if part]
    return [bar.style.bar_mark + " · ".join(parts[:count]) for count in range(len(parts), 0, -1)]


def _name(bar: Bar, machine: Machine, purpose: str, texts: TimelineTexts) -> str:
    """Return the whole bar in words, for a screen reader."""
    booked = bar.booked
    share = texts.share(booked.gpus, booked.memory_gb)
    return texts.bar_name % {
        "what": " · ".join([bar.who or texts.booked, share, purpose]).strip(" ·"),
        "machine": machine.shown_name,
        "from": texts.day_and_clock(booked.start),
        "to": texts.day_and_clock(booked.end),
        "state": texts.state(bar.state),
    }


def closure_shapes(machine: Machine, closures: list[Closure], window: Window, room: int) -> list[dict[str, Any]]:
    """Return the closures as rectangles that hang from the capacity line.

    Closures of the whole machine come first; closures of a part are drawn over them, one below the other.
    """
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


def _closure_shape(closure: Closure, piece: Piece, window: Window) -> dict[str, Any]:
    if closure.is_whole:
        reason = closure.reason or _("Closed")
        texts = [f"{reason}, " + _("back %(time)s") % {"time": wording.weekday_and_clock(closure.end)}, reason]
    else:
        share = wording.share(closure.gpus or 0, 0 if closure.gpus else closure.memory_gb or 0)
        texts = [_("%(share)s closed") % {"share": share}]
    is_high_enough = piece.height >= geometry.TEXT_HEIGHT - 1
    x, width = window.bar(closure.start, closure.end)
    return {
        "closure": closure,
        "x": x,
        "width": width,
        "y": pixels(piece.y),
        "height": pixels(piece.height),
        "text_y": pixels(piece.height / 2 + 4),
        **geometry.texts_that_fit(texts if is_high_enough else [], window.pixels(closure.start, closure.end)),
    }
