"""Where things are drawn in a row: per cent across, pixels down. Pure functions.

Numbers are returned as text, so that no locale puts a comma into an SVG attribute.
"""

import itertools
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

TOP = 7  # pixels above the capacity line
WORDS = 22  # pixels below the floor, for the free counts
PLOT_WIDTH = 1010  # pixels of a plot on a wide screen; a text is drawn only where it fits
SLIM = 0.54  # share of that width on the narrowest screen with a drawing; texts are fitted to it separately
TEXT_HEIGHT = 13
THIN = 4  # pixels: height of a bar that has no lane of its own
FIRST_WIDE_LETTER = "\N{HANGUL CHOSEONG KIYEOK}"  # every letter before it has the usual width
LABEL = 44  # pixels: width of the label of the time now
NEAR_EDGE = 0.08  # share of the width in which this label is moved; on a phone it is half a label
LEAST = 3  # pixels: width of the shortest bar

Sized = tuple[datetime, datetime, int]
Measured = tuple[str, float]  # a text and its width in pixels
FIRST_TIME = datetime.min.replace(tzinfo=UTC)


class Window(NamedTuple):
    """The time that a drawing shows, `[start, end)`, and its width in pixels, about."""

    start: datetime
    end: datetime
    wide: int = PLOT_WIDTH

    def share(self, moment: datetime) -> float:
        """Return where a moment lies, 0 to 1, clipped to the window."""
        return min(1.0, max(0.0, (moment - self.start) / (self.end - self.start)))

    def x(self, moment: datetime) -> str:
        return per_cent(self.share(moment))

    def width(self, start: datetime, end: datetime) -> str:
        return per_cent(self.share(end) - self.share(start))

    def pixels(self, start: datetime, end: datetime) -> float:
        return (self.share(end) - self.share(start)) * self.wide

    def bar(self, start: datetime, end: datetime) -> tuple[str, str, float]:
        """Return x and width of a bar, and the pixels for its texts.

        A very short one is widened, so that it can be seen and clicked.
        """
        whole = self.end - self.start
        first = max(0.0, (start - self.start) / whole) if start < self.end else 1.0
        length = (min(1.0, (end - self.start) / whole) if end > self.start else 0.0) - first
        width = max(length, LEAST / self.wide)
        return per_cent(min(first, 1 - width)), per_cent(width), length * self.wide


class Piece(NamedTuple):
    """A part of a bar: `y` and `height` in pixels from the top of the plot."""

    y: float
    height: float


@lru_cache(maxsize=4000)  # most bookings begin and end at a full hour, so many places are the same
def per_cent(share: float) -> str:
    return f"{share * 100:.2f}".rstrip("0").rstrip(".") + "%"


def label_shift(share: float) -> float:
    """Return by how many pixels a label of LABEL pixels is moved from the middle of its line to stay in the drawing.

    It moves bit by bit near an edge, and its line never leaves it.
    """
    beyond = min(0.0, share - NEAR_EDGE) + max(0.0, share - (1 - NEAR_EDGE))
    return -beyond / NEAR_EDGE * LABEL / 2


@lru_cache(maxsize=1000)  # heights and places of rows with the same number of GPUs are the same
def pixels(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def room_height(quantity: int) -> int:
    """Return how many pixels high a machine with so many GPUs is drawn.

    Few GPUs are drawn larger than many.
    """
    if quantity <= 2:
        return 30
    return min(160, max(min(56, 13 * quantity), 4 * quantity))


def row_height(quantity: int) -> int:
    return TOP + room_height(quantity) + WORDS


def stack(spans: Sequence[Sized], lanes: int, height: int, closed: Sequence[Sized] = ()) -> list[list[Piece]]:
    """Give each (start, end, size) lanes of its own for its whole span, the lowest free ones.

    Returns the pieces of each bar, in the order of `spans`. Adjoining lanes make one piece; where there are none, the
    bar has several pieces. `closed` spans hang from the top, and bars stay below them where they can. A size of 0 is
    drawn as a thin line on the floor, the next one at the same time above it. Where more is held than there is (a
    capacity was lowered by hand), lanes are narrower, so that every bar is still seen.
    """
    pieces = _stacked(spans, lanes, height, closed)
    if pieces is None:
        pieces = _stacked(spans, max(lanes, peak(spans)), height, closed, is_enough=True)
    return pieces or []


def _stacked(
    spans: Sequence[Sized], lanes: int, height: int, closed: Sequence[Sized], *, is_enough: bool = False
) -> list[list[Piece]] | None:
    """Do the work of `stack`. Return None where the lanes do not suffice, unless `is_enough` says that they must."""
    unit = height / lanes
    # When each lane, and each level of thin lines, is free again. Spans come in the order of their starts.
    ends = [FIRST_TIME] * lanes
    thin_ends: list[datetime] = []
    pieces: list[list[Piece]] = [[]] * len(spans)
    order = sorted(range(len(spans)), key=lambda index: (spans[index][0], -spans[index][2], index))
    for index in order:
        start, end, size = spans[index]
        if size <= 0:
            level = next((level for level, until in enumerate(thin_ends) if until <= start), len(thin_ends))
            thin_ends[level : level + 1] = [end]
            pieces[index] = [Piece(TOP + max(0, height - THIN * (level + 1)), THIN)]
            continue
        free = [lane for lane, until in enumerate(ends) if until <= start]
        if len(free) < size and not is_enough:
            return None
        if closed:
            ceiling = lanes - max((size for s, e, size in closed if s < end and e > start), default=0)
            below = [lane for lane in free if lane < ceiling]
            free = below if len(below) >= size else free
        run: list[int] = []
        for first, last in enumerate(free[size - 1 :]):
            if last - free[first] < size:
                run = free[first : first + size]
                break
        own = run or free[:size]
        for lane in own:
            ends[lane] = end
        runs = [(run[0], run[-1])] if run else _runs(own)
        pieces[index] = [Piece(TOP + height - (last + 1) * unit, (last - first + 1) * unit) for first, last in runs]
    return pieces


def peak(spans: Sequence[Sized]) -> int:
    """Return the largest sum of these sizes at any instant."""
    changes = sorted([(start, 1, size) for start, _, size in spans] + [(end, 0, -size) for _, end, size in spans])
    return max(itertools.accumulate((change for _, _, change in changes), initial=0))


def _runs(lanes: Sequence[int]) -> list[tuple[int, int]]:
    """Return (first lane, last lane) of each group of adjoining lanes."""
    runs: list[tuple[int, int]] = []
    for lane in sorted(lanes):
        if runs and lane == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], lane)
        else:
            runs.append((lane, lane))
    return runs


def text_width(text: str) -> float:
    """Return how many pixels a text of 12 px takes, rather too many than too few."""
    if not text or max(text) < FIRST_WIDE_LETTER:
        return 6.6 * len(text)
    return sum(12.5 if unicodedata.east_asian_width(letter) in "WF" else 6.6 for letter in text)


def measured(texts: Iterable[str]) -> list[Measured]:
    return [(text, text_width(text)) for text in texts]


def texts_that_fit(texts: Sequence[Measured], width: float) -> tuple[str, str]:
    """Return the text for every screen, and what a wide screen adds to it; "" where nothing fits.

    The longest text comes first, and each is the beginning of the one before it.
    """
    wide = slim = ""
    for text, needed in texts:
        if not wide and needed + 12 <= width:
            wide = text
        if needed + 12 <= width * SLIM:
            slim = text
            break
    return slim, wide.removeprefix(slim)
