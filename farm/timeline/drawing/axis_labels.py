"""The head of a timeline: its axis, with the line and the label of each tick, and now."""

from django.utils.safestring import SafeString

from farm.timeline.axis import Axis
from farm.timeline.drawing.pieces import FOLDER, VERTICAL_LINE
from farm.timeline.timeline_data import Timeline
from kernel.fragments.fragment import Fragment, join

AXIS = Fragment(
    f"{FOLDER}/axis.html",
    *("title", "start", "end", "offsets", "axis", "weekends", "lines", "labels"),
    *("now_x", "label_left", "label_middle", "clock"),
)
LABEL = Fragment(f"{FOLDER}/axis_label.html", "x", "label")
WEEKEND = Fragment(f"{FOLDER}/weekend.html", "x", "width")


def draw_axis(timeline: Timeline, narrow: bool = False) -> SafeString:
    """Draw the axis above a timeline. With `narrow` it leaves words out."""
    axis, window = timeline.axis, timeline.window
    label_left, label_middle = timeline.now_label if timeline.now_x else ("", "")
    return AXIS.prepared(has_weekends=bool(axis.weekends), has_now=bool(timeline.now_x))(
        title=timeline.span.title,
        start=window.start.isoformat(),
        end=window.end.isoformat(),
        offsets=timeline.offsets,
        axis=timeline.axis_id,
        weekends=join(WEEKEND.prepared()(x=x, width=width) for x, width in axis.weekends),
        lines=_draw_lines(axis),
        labels=_draw_labels(axis, narrow),
        now_x=timeline.now_x,
        label_left=label_left,
        label_middle=label_middle,
        clock=timeline.clock,
    )


def _draw_lines(axis: Axis) -> SafeString:
    """Draw the lines of the ticks, but none at the left edge."""
    line = VERTICAL_LINE.prepared(css="t-day")
    return join(line(x=tick.x) for tick in axis.ticks if not tick.first)


def _draw_labels(axis: Axis, narrow: bool) -> SafeString:
    """Write the labels of the ticks. Without `narrow`, the label of today says so where there is room."""
    says_today = not narrow and not axis.centred
    return join(
        LABEL.prepared(
            is_today=tick.is_today,
            is_dense=tick.dense,
            is_centred=axis.centred,
            says_today=says_today and tick.is_today,
        )(x=tick.label_x, label=tick.label)
        for tick in axis.ticks
    )
