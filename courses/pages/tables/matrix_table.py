"""The matrix as a table: a row for each student that the filters leave, a column for each task."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from django.utils.translation import gettext as _

from courses.models import Course
from courses.pages.matrix import build_matrix
from courses.pages.matrix_filters import MatrixFilters
from courses.pages.matrix_values import Matrix
from courses.pages.tables.columns import (
    numbered_title,
    person_cells,
    person_columns,
    team_cells,
    team_columns,
)
from courses.rules.permissions import GroupLimit
from courses.rules.statuses import STATUSES
from kernel.exports.table import Cell, Table, moment_column


def matrix_table(course: Course, filters: MatrixFilters, now: datetime, *, limit: GroupLimit = None) -> Table:
    """Return the students of `limit` that these filters leave, on all pages, in their order.

    As many queries as the page.
    """
    matrix = build_matrix(course, replace(filters, page=1), now, limit=limit, page_size=sys.maxsize)
    tasks = [numbered_title(column.node) for column in matrix.columns]
    columns = [*person_columns(), *team_columns(course), moment_column(_("Last push")), *tasks]
    return Table("matrix", course.course_id, _("Matrix"), columns, _rows(matrix))


def _rows(matrix: Matrix) -> Iterator[list[Cell]]:
    words = {status.key: str(status.word) for status in STATUSES}
    for row in matrix.rows:
        states = [words[key] for key in row.student.keys]
        team = team_cells(matrix.course, row.enrolment.team)
        yield [*person_cells(row.student.person, row.enrolment.group), *team, row.last_push, *states]
