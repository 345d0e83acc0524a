"""The teams of a course as a table: a row for each team, with its state for each task."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from courses.models import Course
from courses.pages.tables.columns import numbered_title
from courses.pages.team_states import team_matrix
from courses.rules.permissions import GroupLimit
from kernel.exports.table import Cell, Table


def teams_table(course: Course, now: datetime, *, limit: GroupLimit = None) -> Table:
    """Return the teams of the students of `limit`, by title. As many queries as the matrix."""
    columns, teams = team_matrix(course, now, limit=limit)
    heads = [_("Team"), _("Students"), *(numbered_title(column.node) for column in columns)]
    rows: list[Sequence[Cell]] = [
        [team.title, ", ".join(team.names), *(state.words for _node, state in team.cells)] for team in teams
    ]
    return Table("teams", course.course_id, _("Teams"), heads, iter(rows))
