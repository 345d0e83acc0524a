"""The rows of the matrix, from one table of prepared fragments: a template's loop over the cells would be the page."""

from collections.abc import Sequence

from django import template
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString

from courses.pages.matrix import Column, Matrix, Row
from courses.rules.statuses import STATUSES, Status
from courses.templatetags.courses import ago, spark

register = template.Library()

# A fragment has a task's and a state's own words filled in; what stays open in it is the student's.
CELL = (
    '<td{chapter}><a class="at-cell {css}" id="c{{pk}}-{task}" href="{{href}}#task-{task}"'
    ' aria-label="{{name}}, {number} {title}: {full}" title="{full}">'
    '<svg class="at-icon" aria-hidden="true"><use href="#i-{icon}"/></svg>{word}</a></td>'
)
ROW = (
    '\n    <tr><th scope="row"><span class="at-who"><a class="at-name" href="{href}"><bdi>{name}</bdi></a>{group}'
    '</span></th><td class="at-seen"><div>{seen}{spark}</div></td>%s</tr>'
)
GROUP = '<span class="at-group at-not-phone">{}</span>'


@register.simple_tag
def matrix_rows(matrix: Matrix) -> SafeString:
    """A row for each student of the page: who, their last push, and a cell for each task."""
    words = {state.key: _words(state) for state in STATUSES}
    fragments = [_Fragments(column, words) for column in matrix.columns]
    return format_html_join("", "{}", ((_row(matrix, row, fragments),) for row in matrix.rows))


class _Fragments(dict[str, str]):
    """A task's cell for each state, made when a student of the page is the first to be in it."""

    def __init__(self, column: Column, words: dict[str, dict[str, str]]) -> None:
        super().__init__()
        self.words = words
        self.own = {
            "chapter": ' class="at-chapter"' if column.chapter_start else "",
            "task": str(column.node.task.pk),
            "number": column.node.number,
            "title": _constant(column.node.task.title),
        }

    def __missing__(self, state: str) -> str:
        self[state] = made = CELL.format(**self.own, **self.words[state])
        return made


def _row(matrix: Matrix, row: Row, fragments: Sequence[_Fragments]) -> SafeString:
    cells = [of_task[state] for of_task, state in zip(fragments, row.standing.states, strict=True)]
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


def _words(state: Status) -> dict[str, str]:
    return {"css": state.css, "icon": state.icon, "full": _constant(state.full), "word": _constant(state.word)}


def _constant(text: str | Promise) -> str:
    """Text of a fragment that means itself, in HTML and when the student's values are filled in."""
    return escape(text).replace("{", "{{").replace("}", "}}")
