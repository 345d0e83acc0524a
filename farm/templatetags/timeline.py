"""The template tags that draw machines over time: rows of the drawing, plots, rows of the agenda."""

from collections.abc import Iterable
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from farm.timeline.drawing.axis_labels import draw_axis
from farm.timeline.drawing.pieces import FOLDER, draw_free_now
from farm.timeline.drawing.plots import Plots
from farm.timeline.drawing.strips import draw_agenda_rows
from farm.timeline.groups import TimelinePart
from farm.timeline.rows import TimelineRow
from farm.timeline.timeline_data import Timeline
from kernel.fragments.fragment import Fragment, join

register = template.Library()
register.simple_tag(draw_axis, name="axis")
register.simple_tag(draw_free_now, name="free_now")
register.simple_tag(draw_agenda_rows, name="agenda_rows")

ROW = Fragment(f"{FOLDER}/drawing_row.html", "pk", "href", "machine", "size", "free_now", "plot")

PART = Fragment(f"{FOLDER}/drawing_part.html", "number", "title", "place", "free", "total", "unit", "rows")


OPTION = Fragment(f"{FOLDER}/option.html", "value", "words")


@register.simple_tag
def options(values: Iterable[str | tuple[int, str]], chosen: str | int) -> SafeString:
    """Draw the options of a filter: texts, or numbers with their texts."""
    pairs = ((value, value) if isinstance(value, str) else value for value in values)
    return join(
        OPTION.prepared(has_value=value is not words, is_chosen=value == chosen)(value=value, words=words)
        for value, words in pairs
    )


@register.simple_tag
def drawing_parts(timeline: Timeline, items: list[dict[str, Any]]) -> SafeString:
    """Draw the parts that are read, and places for the others, which the page fetches later."""
    return join(
        drawing_part(timeline, item["part"])
        if item["part"].is_read
        else render_to_string("farm/_drawing_part.html", {"item": item})
        for item in items
    )


@register.simple_tag
def drawing_part(timeline: Timeline, part: TimelinePart) -> SafeString:
    """Draw the rows of a part that is read, with the heading of its group if it is the first of them."""
    group = part.group
    return Plots.of(timeline).prepared(PART, opens=part.opens, has_place=bool(group.place))(
        number=part.number,
        title=group.title,
        place=group.place,
        free=group.free,
        total=group.total,
        unit=group.unit,
        rows=drawing_rows(timeline, part.rows),
    )


@register.simple_tag
def drawing_rows(timeline: Timeline, rows: list[TimelineRow]) -> SafeString:
    """Draw a row of the table for each machine: its name, what is free now, and its plot."""
    row_html, plots = ROW.prepared(), Plots.of(timeline)
    before, after = plots.machine_addresses
    return join(
        row_html(
            pk=row.machine.pk,
            href=f"{before}{row.machine.pk}{after}",
            machine=row.machine.shown_name,
            size=row.size,
            free_now=draw_free_now(row),
            plot=plots.draw(row),
        )
        for row in rows
    )


@register.simple_tag
def plot(timeline: Timeline, row: TimelineRow, ask: dict[str, str] | None = None) -> SafeString:
    """Draw one machine over the span; `ask` is an outline, such as the span that a form asks for."""
    return Plots.of(timeline).draw(row, ask)
