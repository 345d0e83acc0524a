"""How much of a reservation still fits on machines that were closed or became smaller.

Pure. Reservations are checked in the order of booking, each together with those kept before it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from farm.rules.availability import Load, Share, profile


class ChangedMachine(NamedTuple):
    """A machine after the change. `is_gone` is whether nothing can be held on it any more."""

    capacity: Share
    closures: Sequence[Load]
    is_gone: bool = False


def kept_ends(
    machines: Mapping[int, ChangedMachine], reservations: Iterable[Mapping[int, Load]], now: datetime
) -> list[datetime]:
    """Return for each reservation the first instant at which it no longer fits.

    `machines` are by id; a reservation is its loads by machine id, all with the same span. The instant is the end of
    the reservation when all of it fits. When nothing of it is left, the instant is `now` or its start at the latest.
    """
    kept: dict[int, list[Load]] = defaultdict(list)
    ends = []
    for loads in reservations:
        end = min(_fits_until(machines[pk], load, kept[pk], now) for pk, load in loads.items())
        ends.append(end)
        for pk, load in loads.items():
            if end > max(load.start, now):
                kept[pk].append(load._replace(end=end))
    return ends


def _fits_until(machine: ChangedMachine, load: Load, kept: Sequence[Load], now: datetime) -> datetime:
    start = max(load.start, now)
    if machine.is_gone:
        return start
    steps = profile(machine.capacity, [*kept, load], machine.closures, start, load.end)
    # A reservation without GPUs is not affected by closed GPUs; the same for memory.
    short = (s for s in steps if (load.gpus and s.free.gpus < 0) or (load.memory_gb and s.free.memory_gb < 0))
    return next((step.start for step in short), load.end)
