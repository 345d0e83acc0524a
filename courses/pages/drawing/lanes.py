"""A student's work over time: a lane for each task, the calendar of days, the effort per task."""

from django.template.context import Context
from django.utils.safestring import SafeString
from django.utils.translation import ngettext

from courses.pages.drawing.addresses import task_address
from courses.pages.drawing.matrix_rows import FOLDER
from courses.pages.student_overview import StudentTask
from courses.pages.work_timeline import Lane, Timeline
from courses.templatetags.courses import short_moment
from kernel.fragments.fragment import Fragment, join
from kernel.text.dates import format_date

LANE = Fragment(
    f"{FOLDER}/lane.html",
    *("task", "href", "number", "title", "said", "deadline", "grid", "due_x", "extended_x", "dots"),
)
DOT = Fragment(f"{FOLDER}/lane_dot.html", "x", "radius", "day", "amount")
GRID = Fragment(f"{FOLDER}/lane_grid.html", "now_x")
WEEK_LINE = Fragment(f"{FOLDER}/week_line.html", "x")
HEAT_DAY = Fragment(f"{FOLDER}/heat_day.html", "x", "y", "day", "amount")
EFFORT_ROW = Fragment(f"{FOLDER}/effort_row.html", "number", "title", "width", "commits", "effort")


def draw_lanes(context: Context, timeline: Timeline) -> SafeString:
    """Draw the lane of each task. `context` has mine, may_change and sees_class of the page."""
    is_mine, grid = bool(context["mine"]), draw_lane_grid(timeline)
    has_link = bool(context["may_change"] or (context["sees_class"] and not is_mine))
    lanes = [(lane, lane.student_task) for lane in timeline.lanes if lane.student_task]
    return join(_lane(lane, task, grid, is_mine=is_mine, has_link=has_link) for lane, task in lanes)


def _lane(lane: Lane, student_task: StudentTask, grid: SafeString, *, is_mine: bool, has_link: bool) -> SafeString:
    task, due = student_task.node.task, student_task.due
    said = ngettext("%(title)s: %(number)s commit", "%(title)s: %(number)s commits", lane.commits)
    lane_html = LANE.prepared(
        is_mine=is_mine,
        has_link=has_link,
        status=student_task.status,
        is_finished=student_task.finished,
        has_deadline=due.at is not None,
        is_extended=due.extended,
        has_due_line=bool(lane.due_x),
        has_extended_line=bool(lane.extended_x),
    )
    return lane_html(
        task=task.pk,
        href=task_address(task.course_id, task.pk),
        number=student_task.node.number,
        title=task.title,
        said=said % {"title": task.title, "number": lane.commits},
        deadline=short_moment(due.at) if due.at else "",
        grid=grid,
        due_x=lane.due_x,
        extended_x=lane.extended_x,
        dots=draw_lane_dots(lane),
    )


def draw_lane_dots(lane: Lane) -> SafeString:
    """Draw the pushes of a lane, a dot for each day."""
    return join(
        DOT.prepared(is_late=dot.late)(
            x=dot.x, radius=dot.radius, day=format_date(dot.day, "day"), amount=lines_text(dot.lines)
        )
        for dot in lane.dots
    )


def draw_lane_grid(timeline: Timeline) -> SafeString:
    """Draw the background of a lane: the line of now, and a reference to the lines of `draw_lane_weeks`."""
    return GRID.prepared()(now_x=timeline.now_x)


def draw_lane_weeks(timeline: Timeline) -> SafeString:
    """Draw the lines of the weeks once, for all lanes."""
    return join(WEEK_LINE.prepared()(x=week.x) for week in timeline.weeks[1:])


def draw_heat_days(timeline: Timeline) -> SafeString:
    """Draw a square for each day of the calendar."""
    return join(
        HEAT_DAY.prepared(css=day.css, has_lines=bool(day.lines))(
            x=day.x,
            y=day.y,
            day=format_date(day.day, "day") if day.lines else "",
            amount=lines_text(day.lines) if day.lines else "",
        )
        for day in timeline.heat
    )


def draw_effort_rows(timeline: Timeline) -> SafeString:
    """Draw the commits and the lines of each task with work."""
    return join(
        EFFORT_ROW.prepared()(
            number=lane.student_task.node.number,
            title=lane.student_task.node.task.title,
            width=width,
            commits=lane.commits,
            effort=lane.effort,
        )
        for lane, width in timeline.efforts
        if lane.student_task
    )


def lines_text(lines: int) -> str:
    return ngettext("%(lines)s line", "%(lines)s lines", lines) % {"lines": lines}
