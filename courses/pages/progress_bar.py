"""The parts of a bar that shows how many tasks are done, late and started."""

from collections.abc import Mapping

from courses.rules.statuses import DONE_LATE, ON_TIME, STARTED


def progress_bar(counts: Mapping[str, int], total: int) -> list[tuple[str, float, float]]:
    """Return the parts from left to right, each as (CSS class, x, width) in per cent. Empty parts are left out.

    `counts` has a number for the key of each status.
    """
    parts, x = [], 0.0
    for statuses in (ON_TIME, DONE_LATE, (STARTED,)):
        count = sum(counts[status.key] for status in statuses)
        width = round(100 * count / total, 2) if total else 0
        if width:
            parts.append((f"p-{statuses[0].key}", round(x, 2), width))
        x += width
    return parts
