"""The template tag that draws the rows of the matrix.

It fills in prepared fragments of HTML: a template's loop over the cells would take most of the time of the page.
"""

from collections.abc import Sequence

from django import template
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString

from courses.pages.matrix_values import Column, Matrix, Row
from courses.rules.statuses import STATUSES, Status
from courses.templatetags.courses import ago, spark
from kernel.templatetags.atelier import icon

register = template.Library()

# A fragment of a cell has the values of its task and status; the values of the student are filled in last.
CELL = (
    '<td{chapter}><a class="at-cell {css}" id="c{{pk}}-{task}" href="{{href}}#task-{task}"'
    ' aria-label="{{name}}, {number} {title}: {label}" title="{label}">{icon}{word}</a></td>'
)
ROW = (
    '\n    <tr id="student-{pk}"><th scope="row"><span class="at-who"><a class="at-name" href="{href}">'
    '<bdi>{name}</bdi></a>{group}</span></th><td class="at-seen"><div>{seen}{spark}</div></td>%s</tr>'
)
GROUP = '<span class="at-group at-not-phone">{}</span>'


@register.simple_tag
def matrix_rows(matrix: Matrix) -> SafeString:
    """Draw a row for each student of the page: name, last push, and a cell for each task."""
    values = {status.key: _values(status) for status in STATUSES}
    columns = [_ColumnFragments(column, values) for column in matrix.columns]
    return format_html_join("", "{}", ((_row(matrix, row, columns),) for row in matrix.rows))


class _ColumnFragments(dict[str, str]):
    """The fragment of a task's cell for each status, by its key. Made when the first student has this status."""

    def __init__(self, column: Column, status_values: dict[str, dict[str, str]]) -> None:
        super().__init__()
        self.status_values = status_values
        self.task_values = {
            "chapter": ' class="at-chapter"' if column.chapter_start else "",
            "task": str(column.node.task.pk),
            "number": column.node.number,
            "title": _escape(column.node.task.title),
        }

    def __missing__(self, key: str) -> str:
        self[key] = fragment = CELL.format(**self.task_values, **self.status_values[key])
        return fragment


def _row(matrix: Matrix, row: Row, columns: Sequence[_ColumnFragments]) -> SafeString:
    cells = [column[key] for column, key in zip(columns, row.student.keys, strict=True)]
    group = row.enrolment.group
    return format_html(
        ROW % "".join(cells),
        pk=row.enrolment.pk,
        href=reverse("course-student", args=(matrix.course.pk, row.enrolment.person.username)),
        name=row.name,
        group=format_html(GROUP, group) if group else "",
        seen=ago(row.last_push, matrix.now),
        spark=spark(row.spark),
    )


def _values(status: Status) -> dict[str, str]:
    return {
        "css": status.css,
        "icon": icon(status.icon),
        "label": _escape(status.label),
        "word": _escape(status.word),
    }


def _escape(text: str | Promise) -> str:
    """Escape a text for HTML and for the `format` that fills in the student's values."""
    return escape(text).replace("{", "{{").replace("}", "}}")
