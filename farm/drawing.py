"""The geometry of a row against time: per cent across, pixels down. Pure.

Numbers come out as text, so that no locale puts a comma into an SVG attribute.
"""

import unicodedata
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

TOP = 7  # pixels above the capacity line
WORDS = 22  # pixels below the floor, for the free counts
PLOT_WIDTH = 1010  # pixels of a plot on a desk; text is drawn only where it fits there
TEXT_HEIGHT = 13


class Window(NamedTuple):
    start: datetime
    end: datetime
    wide: int = PLOT_WIDTH  # about how many pixels it is drawn over

    def share(self, moment: datetime) -> float:
        """Where a moment lies, 0 to 1; clipped to the window."""
        return min(1.0, max(0.0, (moment - self.start) / (self.end - self.start)))

    def x(self, moment: datetime) -> str:
        return per_cent(self.share(moment))

    def width(self, start: datetime, end: datetime) -> str:
        return per_cent(self.share(end) - self.share(start))

    def pixels(self, start: datetime, end: datetime) -> float:
        return (self.share(end) - self.share(start)) * self.wide


class Piece(NamedTuple):
    """A part of a bar: `y` and `height` in pixels from the top of the plot."""

    y: float
    height: float


def per_cent(share: float) -> str:
    return f"{share * 100:.2f}".rstrip("0").rstrip(".") + "%"


def pixels(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def room_height(quantity: int) -> int:
    """How tall the room of so many GPUs is drawn: few are drawn larger, many share what there is."""
    if quantity <= 2:
        return 30
    return min(56, 13 * quantity)


def stack(spans: Sequence[tuple[datetime, datetime, int]], lanes: int, height: int) -> list[list[Piece]]:
    """Give each (start, end, size) lanes that are its own for its whole span, the lowest that are free.

    Adjoining ones if there are any; else the bar comes in pieces. A size of 0 is drawn as a line on the floor.
    """
    unit = height / lanes
    placed: list[tuple[datetime, datetime, set[int]]] = []
    found: dict[int, list[Piece]] = {}
    order = sorted(range(len(spans)), key=lambda index: (spans[index][0], -spans[index][2], index))
    for index in order:
        start, end, size = spans[index]
        if size <= 0:
            found[index] = [Piece(TOP + height - 4, 4)]
            continue
        taken = {lane for s, e, own in placed if s < end and e > start for lane in own}
        free = [lane for lane in range(lanes) if lane not in taken]
        run = next((free[i : i + size] for i in range(len(free) - size + 1) if free[i + size - 1] - free[i] < size), [])
        own = run or free[:size] or list(range(min(size, lanes)))
        placed.append((start, end, set(own)))
        found[index] = [
            Piece(TOP + height - (last + 1) * unit, (last - first + 1) * unit) for first, last in _runs(own)
        ]
    return [found[index] for index in range(len(spans))]


def _runs(lanes: Sequence[int]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for lane in sorted(lanes):
        if runs and lane == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], lane)
        else:
            runs.append((lane, lane))
    return runs


def text_width(text: str) -> float:
    """Pixels of a text at 12 px, on the safe side."""
    return sum(12.5 if unicodedata.east_asian_width(letter) in "WF" else 6.6 for letter in text)


def first_that_fits(texts: Sequence[str], width: float) -> str:
    """The fullest of these (fullest first) that fits into so many pixels; else nothing."""
    return next((text for text in texts if text_width(text) + 12 <= width), "")


def isolated(name: str) -> str:
    """A name between bidi isolates: right-to-left scripts do not turn what stands beside them."""
    return f"\N{FIRST STRONG ISOLATE}{name}\N{POP DIRECTIONAL ISOLATE}"
