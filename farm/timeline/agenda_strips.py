"""The load of one machine over one day, as a strip of rectangles for the agenda. Pure."""

import itertools
from datetime import datetime

from farm.queries.occupancy import capacity
from farm.timeline.geometry import Window, per_cent
from farm.timeline.rows import TimelineRow


def strip(row: TimelineRow, day: Window) -> list[dict[str, str]]:
    """Return the rectangles: others' load, the viewer's own on top, then hatched closures.

    The load is counted in GPUs, or in memory where the machine has no GPU.
    """
    side = 0 if row.machine.gpu_count else 1
    total = max(1, capacity(row.machine)[side])
    held = [(bar.booked, bar.mine) for bar in row.bars]
    held = [pair for pair in held if pair[0].start < day.end and pair[0].end > day.start]
    edges = {max(booked.start, day.start) for booked, _mine in held}
    edges |= {min(booked.end, day.end) for booked, _mine in held}
    rectangles = []
    for start, end in itertools.pairwise(sorted(edges)):
        below = 0.0
        for kind, of_viewer in (("s-use", False), ("s-mine", True)):
            taken = sum(
                (booked.gpus, booked.memory_gb)[side]
                for booked, mine in held
                if mine == of_viewer and booked.start <= start and booked.end >= end
            )
            height = min(1 - below, taken / total)
            if height > 0:
                rectangles.append(_rectangle(kind, day, start, end, 1 - below - height, height))
                below += height
    for closure in row.closures:
        if closure.is_whole and closure.start < day.end and closure.end > day.start:
            rectangles.append(_rectangle("hatch", day, closure.start, closure.end, 0, 1))
    return rectangles


def _rectangle(kind: str, window: Window, start: datetime, end: datetime, y: float, height: float) -> dict[str, str]:
    return {
        "kind": kind,
        "x": window.x(start),
        "width": window.width(start, end),
        "y": per_cent(y),
        "height": per_cent(height),
    }
