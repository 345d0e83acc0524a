"""The head of a timeline: the line and the label of each tick of its axis."""

from django.utils.safestring import SafeString

from farm.timeline.axis import Axis
from farm.timeline.drawing.pieces import FOLDER, VERTICAL_LINE
from kernel.fragments.fragment import Fragment, join

LABEL = Fragment(f"{FOLDER}/axis_label.html", "x", "label")


def draw_axis_lines(axis: Axis) -> SafeString:
    """Draw the lines of the ticks, but none at the left edge."""
    line = VERTICAL_LINE.prepared(css="t-day")
    return join(line(x=tick.x) for tick in axis.ticks if not tick.first)


def draw_axis_labels(axis: Axis, narrow: bool = False) -> SafeString:
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
