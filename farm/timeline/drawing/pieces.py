"""Pieces that plots and strips share: the folder of the fragments, vertical lines, the free capacity now."""

from django.utils.safestring import SafeString

from farm.timeline.rows import TimelineRow
from kernel.fragments.fragment import Fragment

FOLDER = "farm/fragments"
EMPTY = SafeString()
FREE_NOW = Fragment(f"{FOLDER}/free_now.html", "number", "rest")
VERTICAL_LINE = Fragment(f"{FOLDER}/vertical_line.html", "x")


def draw_free_now(row: TimelineRow) -> SafeString:
    """Write what is free of a machine now."""
    now = row.now
    return FREE_NOW.prepared(is_closed=now.closed, has_number=bool(now.strong))(number=now.strong, rest=now.rest)
