"""The template tags that draw what pages of courses repeat many times; courses/pages/drawing/ has them."""

from django import template

from courses.pages.drawing.matrix_rows import draw_matrix_heads, draw_matrix_rows
from courses.pages.drawing.task_rows import draw_late_rows, draw_task_student_rows, draw_work_state

register = template.Library()
register.simple_tag(draw_matrix_heads, name="matrix_heads")
register.simple_tag(draw_matrix_rows, name="matrix_rows")
register.simple_tag(draw_task_student_rows, name="task_student_rows", takes_context=True)
register.simple_tag(draw_late_rows, name="late_rows", takes_context=True)
register.simple_tag(draw_work_state, name="work_state")
