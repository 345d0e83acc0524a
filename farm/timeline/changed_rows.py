"""Finds out what an open timeline must fetch after a change: the rows of some machines, or everything."""

from collections.abc import Sequence
from datetime import datetime

from farm.models import Allocation, Closure, Machine
from farm.timeline.timeline_data import Timeline
from live.row_request import layout_version


def layout(timeline: Timeline, all_machines: Sequence[Machine]) -> str:
    """Return the version of what the rows do not show: the machines, their order and the axis.

    `all_machines` counts because the choices of the filters come from it.
    """
    machines = (
        (row.pk, row.name, row.gpu_model, row.location, row.tags, row.gpu_count, row.state) for row in all_machines
    )
    parts = ([machine.pk for machine in part.machines] for part in timeline.parts)
    units_ahead = sum(unit.end > timeline.now for unit in timeline.axis.units)
    return layout_version([*machines, *parts, str(timeline.window.start), str(timeline.window.end), units_ahead])


def changed_by_time(machines: Sequence[Machine], since: datetime, now: datetime) -> set[int]:
    """Return the ids of the machines on which a booking or a closure began or ended since then.

    Their rows look different, although nobody changed anything.
    """
    running = Allocation.objects.held().overlapping(since, now).filter(machine__in=machines)
    spans = [*running.values_list("machine", "start", "end")]
    closures = Closure.objects.filter(machine__in=machines, end__gt=since, start__lt=now)
    spans += closures.values_list("machine", "start", "end")
    return {pk for pk, start, end in spans if start >= since or end <= now}
