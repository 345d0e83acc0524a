"""The bars and closures of one machine's row, as values to draw. Pure but for the language."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from farm.models import Allocation, Closure, Machine
from farm.models.states import OPEN, State
from farm.rules import wording
from farm.rules.permissions import ViewerPermissions
from farm.timeline import geometry
from farm.timeline.geometry import Piece, Window, isolated, pixels

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
            "t-past": self.state in (State.FINISHED, State.RELEASED, State.DISPLACED),
            "t-pending": self.state == State.PENDING,
        }
        return " ".join(["t-bar", *(name for name, holds in kinds.items() if holds)])


def bars_of(
    machine: Machine,
    lines: list[Allocation],
    closures: list[Closure],
    window: Window,
    room: int,
    now: datetime,
    sight: ViewerPermissions,
) -> list[Bar]:
    lanes = machine.gpu_count or MEMORY_LANES
    spans = [(line.start, line.end, _lanes(machine, line)) for line in lines]
    shut = [(one.start, one.end, _lanes(machine, one)) for one in closures if not one.is_whole]
    stacked = geometry.stack(spans, lanes, room, shut)
    bars = [_bar(machine, line, pieces, window, now, sight) for line, pieces in zip(lines, stacked, strict=True)]
    # what has no lane of its own is drawn over the others
    return sorted(bars, key=lambda bar: bool(machine.gpu_count) and not bar.line.gpus)


def _lanes(machine: Machine, held: Allocation | Closure) -> int:
    if machine.gpu_count:
        return held.gpus or 0
    return max(1, (held.memory_gb or 0) * MEMORY_LANES // max(1, machine.memory_gb))


def _bar(
    machine: Machine, line: Allocation, pieces: list[Piece], window: Window, now: datetime, sight: ViewerPermissions
) -> Bar:
    reservation = line.reservation
    mine = sight.is_mine(reservation)
    sees = sight.sees_name(reservation)
    bar = Bar(
        line=line,
        mine=mine,
        team=sees and sight.is_of_my_project(reservation),
        who=_("You") if mine else wording.short_name(reservation.owner) if sees else "",
        state=reservation.state_at(now),
    )
    bar.x, bar.width = window.bar(line.start, line.end)
    if sight.may_change(reservation) and bar.state in OPEN:
        bar.moves = "end" if bar.state == State.ACTIVE else "start end"
    share = wording.share(line.gpus, 0) if line.gpus else wording.share(0, line.memory_gb)
    purpose = reservation.purpose if sees else ""
    mark = "? " if bar.state == State.PENDING else ""
    parts = [part for part in (isolated(bar.who) if bar.who else "", share, purpose) if part]
    texts = [mark + " · ".join(parts[:count]) for count in range(len(parts), 0, -1)]
    wide = window.pixels(line.start, line.end)
    for number, piece in enumerate(pieces):
        fits = number == 0 and piece.height >= geometry.TEXT_HEIGHT - 1
        bar.pieces.append(
            {
                "y": pixels(piece.y),
                "height": pixels(piece.height),
                "fill": pixels(max(1, piece.height - 1)),
                "text_y": pixels(piece.height / 2 + 4.2),
                **geometry.texts_that_fit(texts if fits else [], wide),
            }
        )
    words = {
        "what": " · ".join([bar.who or _("Booked"), wording.share(line.gpus, line.memory_gb), purpose]).strip(" ·"),
        "machine": machine.name,
        "from": wording.day_and_clock(line.start),
        "to": wording.day_and_clock(line.end),
        "state": bar.state.label,
    }
    bar.name = _("%(what)s on %(machine)s, %(from)s to %(to)s, %(state)s") % words
    return bar


def shut_of(machine: Machine, closures: list[Closure], window: Window, room: int) -> list[dict[str, Any]]:
    """Closures hang from the capacity line: of all of the machine first, on it those of a part, one under the other."""
    whole = [closure for closure in closures if closure.is_whole]
    parts = [closure for closure in closures if not closure.is_whole]
    sized = [(one.start, one.end, max(1, _lanes(machine, one))) for one in parts]
    stacked = geometry.stack(sized, machine.gpu_count or MEMORY_LANES, room)
    found = [_closure(closure, Piece(geometry.TOP, room), window) for closure in whole]
    for closure, pieces in zip(parts, stacked, strict=True):
        # the lanes count from the floor: hung up, they count from the top
        found += [
            _closure(closure, Piece(2 * geometry.TOP + room - y - height, height), window) for y, height in pieces
        ]
    return found


def _closure(closure: Closure, piece: Piece, window: Window) -> dict[str, Any]:
    back = _("back %(time)s") % {"time": wording.weekday_and_clock(closure.end)}
    whole = ", ".join(part for part in (closure.reason or _("Closed"), back) if part)
    some = _("%(share)s closed") % {
        "share": wording.share(closure.gpus or 0, 0 if closure.gpus else closure.memory_gb or 0)
    }
    texts = [whole, closure.reason or _("Closed")] if closure.is_whole else [some]
    fits = piece.height >= geometry.TEXT_HEIGHT - 1
    x, width = window.bar(closure.start, closure.end)
    return {
        "closure": closure,
        "x": x,
        "width": width,
        "y": pixels(piece.y),
        "height": pixels(piece.height),
        "text_y": pixels(piece.height / 2 + 4),
        **geometry.texts_that_fit(texts if fits else [], window.pixels(closure.start, closure.end)),
    }
