"""The page "Repositories" of a course as a table: how each repository is read."""

from django.utils.translation import gettext as _

from courses.models import Course
from courses.pages.listed_repository import ListedRepository
from courses.pages.repository_list import RepositoryFilters, build_repository_list
from courses.pages.tables.columns import person_cells, person_columns
from courses.rules.permissions import GroupLimit
from kernel.exports.table import Cell, Table, moment_column


def reading_table(course: Course, filters: RepositoryFilters, *, limit: GroupLimit = None) -> Table:
    """Return the rows that the filters leave, in the order of the page, in a constant number of queries."""
    columns = [
        *person_columns(),
        _("Repository at"),
        _("Repository"),
        _("State"),
        _("Reason"),
        moment_column(_("Since")),
        moment_column(_("Last read")),
        moment_column(_("Next try")),
        _("Tries"),
        moment_column(_("Last hook")),
        _("Size (bytes)"),
        _("New address"),
        _("Branches with newer work"),
    ]
    rows = build_repository_list(course, filters, limit=limit, all_pages=True).rows
    return Table("reading", course.course_id, _("Repositories"), columns, map(_cells, rows))


def _cells(row: ListedRepository) -> list[Cell]:
    cells: list[Cell] = [*person_cells(row.student.person, row.student.group), row.place.repo_path, row.url]
    cells += [row.state.label, row.failure, row.failing_since, row.read_at]
    reading = row.reading
    if reading is None:
        return [*cells, None, None, None, None, "", ""]
    branches = ", ".join(other.name for other in reading.change.other_branches)
    numbers = [reading.next_attempt_at, reading.attempts, reading.hook_at, reading.size_bytes]
    return [*cells, *numbers, reading.change.moved_to, branches]
