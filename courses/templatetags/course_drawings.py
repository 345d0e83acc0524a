"""The template tags that draw what pages of courses repeat many times; courses/pages/drawing/ has them."""

from django import template

from courses.pages.drawing.matrix_rows import draw_matrix_heads, draw_matrix_rows

register = template.Library()
register.simple_tag(draw_matrix_heads, name="matrix_heads")
register.simple_tag(draw_matrix_rows, name="matrix_rows")
