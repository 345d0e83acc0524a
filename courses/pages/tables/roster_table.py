"""The roster of a course as a table: a row for each person."""

from django.utils.translation import gettext as _

from courses.models import Course, Enrolment
from courses.pages.roster_list import roster_list
from courses.pages.tables.columns import team_cells, team_columns
from courses.pages.team_members import team_titles
from courses.rules.permissions import GroupLimit
from kernel.exports.table import Cell, Table, moment_column


def roster_table(course: Course, *, with_addresses: bool, limit: GroupLimit = None) -> Table:
    """Return the people of a course, its students within `limit`, in the order of the page.

    `with_addresses` adds their e-mail addresses.
    """
    people = roster_list(course, limit)
    columns = [_("Last name"), _("First name"), _("User name"), _("Group"), _("Group id")]
    columns += [*team_columns(course), _("Role")]
    teams = team_titles(course)
    columns.append(moment_column(_("Added")))
    if with_addresses:
        columns.append(_("E-mail"))
    rows = (
        _cells(enrolment, team_cells(course, teams.get(enrolment.pk, "")), with_addresses=with_addresses)
        for enrolment in people
    )
    return Table("roster", course.course_id, _("Roster"), columns, rows)


def _cells(enrolment: Enrolment, team: list[str], *, with_addresses: bool) -> list[Cell]:
    person, group = enrolment.person, enrolment.group
    cells: list[Cell] = [person.last_name, person.first_name, person.username]
    cells += [str(group or ""), group.group_id if group else "", *team]
    cells += [enrolment.get_role_display(), enrolment.created_at]
    return [*cells, person.email] if with_addresses else cells
