"""One machine's load over one day, for the agenda on a phone: rectangles over a track. Pure."""

import itertools
from datetime import datetime

from farm.queries.occupancy import capacity
from farm.timeline.geometry import Window, per_cent
from farm.timeline.rows import Row


def strip(row: Row, day: Window) -> list[dict[str, str]]:
    """Others below, mine on them, closures hatched."""
    side = 0 if row.machine.gpu_count else 1
    total = max(1, capacity(row.machine)[side])
    inside = [bar for bar in row.bars if bar.line.start < day.end and bar.line.end > day.start]
    edges = sorted({max(bar.line.start, day.start) for bar in inside} | {min(bar.line.end, day.end) for bar in inside})
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
                found.append(_rectangle(kind, day, start, end, 1 - under - height, height))
                under += height
    for shut in row.shut:
        closure = shut["closure"]
        if closure.is_whole and closure.start < day.end and closure.end > day.start:
            found.append(_rectangle("hatch", day, closure.start, closure.end, 0, 1))
    return found


def _rectangle(kind: str, window: Window, start: datetime, end: datetime, y: float, height: float) -> dict[str, str]:
    return {
        "kind": kind,
        "x": window.x(start),
        "width": window.width(start, end),
        "y": per_cent(y),
        "height": per_cent(height),
    }
