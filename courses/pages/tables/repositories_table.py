"""The repositories of a course as a table: a row for each student and each repository that the course asks for."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from courses.git import repository_confirmation
from courses.models import Course, StudentRepository
from courses.pages.expected_repository import ExpectedRepository
from courses.pages.listed_students import students_of
from courses.pages.matrix_filters import family_order
from courses.pages.tables.columns import person_cells, person_columns, team_cells, team_columns
from courses.pages.team_members import team_titles
from courses.rules.permissions import GroupLimit
from courses.rules.tree import outline, repository_places
from kernel.exports.table import Cell, Table, moment_column


def repositories_table(course: Course, *, limit: GroupLimit = None, repo_path: str = "", state: str = "") -> Table:
    """Return the repository of each student of `limit` at each path of the course, in a constant number of queries.

    `repo_path` keeps one path, `state` (the key of a status) the repositories in this state; "" keeps all.
    """
    columns = [
        *person_columns(),
        *team_columns(course),
        _("Repository at"),
        _("Repository"),
        _("State"),
        _("Reason"),
        moment_column(_("Since")),
        moment_column(_("Last read")),
    ]
    teams = team_titles(course)
    rows = (
        _cells(repository, team_cells(course, teams.get(repository.enrolment.pk, "")))
        for repository in _expected_repositories(course, limit, repo_path)
        if not state or repository.status.key == state
    )
    return Table("repositories", course.course_id, _("Repositories"), columns, rows)


def _expected_repositories(course: Course, limit: GroupLimit, repo_path: str) -> Iterator[ExpectedRepository]:
    places = repository_places(outline(list(course.tasks.without_statements())))
    students = sorted(
        students_of(course, limit).select_related("person", "group"), key=lambda student: family_order(student.person)
    )
    given = {
        (row.enrolment_id, row.repo_path): row for row in StudentRepository.objects.filter(enrolment__course=course)
    }
    waiting = {(row.student_id, row.repo_path) for row in repository_confirmation.waiting_registrations(course)}
    for student in students:
        for place in places:
            if not repo_path or place.repo_path == repo_path:
                repository = given.get((student.pk, place.repo_path))
                is_waiting = (student.person.username, place.repo_path) in waiting
                yield ExpectedRepository(place, student, repository, is_waiting)


def _cells(repository: ExpectedRepository, team: list[str]) -> list[Cell]:
    student, given = repository.enrolment, repository.student_repository
    cells: list[Cell] = [*person_cells(student.person, student.group), *team, repository.place.repo_path]
    cells += [given.url if given else "", repository.status.label, repository.failure]
    read_at = given.seen_at if given and not repository.unconfirmed else None
    return [*cells, given.since if given else None, read_at]
