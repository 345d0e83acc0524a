"""The template tags that draw what pages of courses repeat many times; courses/pages/drawing/ has them."""

from django import template

from courses.pages.drawing.commit_rows import draw_commit_rows
from courses.pages.drawing.lanes import (
    draw_effort_rows,
    draw_heat_days,
    draw_lane_dots,
    draw_lane_grid,
    draw_lane_weeks,
    draw_lanes,
)
from courses.pages.drawing.matrix_rows import draw_matrix_heads, draw_matrix_meta, draw_matrix_rows
from courses.pages.drawing.source_lines import draw_diff_lines, draw_source_lines
from courses.pages.drawing.task_rows import draw_late_rows, draw_task_student_rows, draw_work_state

register = template.Library()
register.simple_tag(draw_matrix_meta, name="matrix_meta", takes_context=True)
register.simple_tag(draw_matrix_heads, name="matrix_heads")
register.simple_tag(draw_matrix_rows, name="matrix_rows")
register.simple_tag(draw_task_student_rows, name="task_student_rows", takes_context=True)
register.simple_tag(draw_late_rows, name="late_rows", takes_context=True)
register.simple_tag(draw_work_state, name="work_state")
register.simple_tag(draw_lanes, name="lanes", takes_context=True)
register.simple_tag(draw_lane_dots, name="lane_dots")
register.simple_tag(draw_lane_grid, name="lane_grid")
register.simple_tag(draw_lane_weeks, name="lane_weeks")
register.simple_tag(draw_heat_days, name="heat_days")
register.simple_tag(draw_effort_rows, name="effort_rows")
register.simple_tag(draw_commit_rows, name="commit_rows")
register.simple_tag(draw_source_lines, name="source_lines")
register.simple_tag(draw_diff_lines, name="diff_lines")
