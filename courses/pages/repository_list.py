"""The page "Repositories" of a course: how each one is read, and what is to settle. A constant number of queries.

Each row is built from plain values, so that a class of 2,000 takes no longer than it must. Only the rows of one page
have their details.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from courses.git import readings
from courses.models import Course, Group, StudentRepository
from courses.pages.listed_repository import STATES, URGENCY, Given, ListedRepository, State, state_of
from courses.pages.listed_students import groups_of, read_students
from courses.pages.matrix_filters import family_order
from courses.rules.permissions import GroupLimit
from courses.rules.statuses import NO_REPOSITORY, UNCONFIRMED
from courses.rules.tree import RepositoryPlace, outline, repository_places
from gitsync.queries.readings import Reading
from kernel.text.folding import fold_for_search

PAGE_SIZE = 50
MOST_TO_SETTLE = 10  # rows with a new address or other branches that the page lists above the others
MOVED, BRANCHES, NEVER = "moved", "branches", "never"


@dataclass(frozen=True)
class RepositoryFilters:
    """An empty filter leaves every row. `state` may be MOVED or BRANCHES, `hook` NEVER, `group` a group's id."""

    state: str = ""
    group: str = ""
    name: str = ""
    hook: str = ""
    page: int = 1


@dataclass(frozen=True)
class RepositoryList:
    """One page of the rows that the filters leave, with counts of the whole class.

    `keys` are the registrations of all rows that the filters leave and that may be read, on all pages. `to_settle` are
    the first rows with a new address or other branches; `settle_count` is the number of all. `has_places` says that a
    student may have several repositories, so that each row names its own.
    """

    rows: list[ListedRepository]
    filters: RepositoryFilters
    groups: list[Group]
    expected: int
    given: int
    with_hook: int
    unconfirmed: int
    counts: list[tuple[State, int]]
    found: int
    keys: list[int]
    pages: int
    page: int
    to_settle: list[ListedRepository]
    settle_count: int
    has_places: bool

    @property
    def is_being_read(self) -> bool:
        """Whether a row of the page changes within seconds."""
        return any(row.reading is not None and row.reading.is_wanted for row in self.rows)


def build_repository_list(
    course: Course, filters: RepositoryFilters, *, limit: GroupLimit = None, all_pages: bool = False
) -> RepositoryList:
    """Return the page for the students of `limit`. With `all_pages`, one page holds all rows, with their details."""
    groups = list(groups_of(course, limit))
    everybody = list(_rows(course, groups, limit))
    found = sorted(_filtered(everybody, filters), key=_order)
    size = max(1, len(found)) if all_pages else PAGE_SIZE
    pages = max(1, -(-len(found) // size))
    page = min(filters.page, pages)
    shown = found[(page - 1) * size : page * size]
    changed = sorted((row for row in everybody if _is_to_settle(row)), key=_order)
    to_settle = changed[:MOST_TO_SETTLE]
    details = readings.details_of({row.registration.repository_id for row in [*shown, *to_settle] if row.registration})
    counts = Counter(row.state.key for row in everybody)
    return RepositoryList(
        rows=_with_details(shown, details),
        filters=filters,
        groups=groups,
        expected=len(everybody),
        given=len(everybody) - counts[NO_REPOSITORY.key],
        with_hook=sum(row.registration is not None and row.registration.has_hook for row in everybody),
        unconfirmed=counts[UNCONFIRMED.key],
        counts=[(state, counts[state.key]) for state in STATES if counts[state.key]],
        found=len(found),
        keys=[row.registration.pk for row in found if row.registration and row.may_be_read],
        pages=pages,
        page=page,
        to_settle=_with_details(to_settle, details),
        settle_count=len(changed),
        has_places=len({row.place.repo_path for row in everybody}) > 1,
    )


def _rows(course: Course, groups: Iterable[Group], limit: GroupLimit) -> Iterator[ListedRepository]:
    """Yield a row for each student and place, and for each repository that was given where none is asked for now."""
    places = repository_places(outline(list(course.tasks.without_statements())))
    asked_for = {place.repo_path for place in places}
    given = _given(course)
    registrations = {(row.student_id, row.repo_path): row for row in readings.short_readings(course)}
    elsewhere: dict[int, list[RepositoryPlace]] = {}
    for pk, path in given:
        if path not in asked_for:
            elsewhere.setdefault(pk, []).append(RepositoryPlace(path, ""))
    for student in read_students(course, groups, limit):
        for place in [*places, *elsewhere.get(student.pk, [])]:
            registration = registrations.get((student.person.username, place.repo_path))
            repository = given.get((student.pk, place.repo_path))
            state = state_of(repository, registration)
            yield ListedRepository(course.pk, student, place, state, repository, registration)


def _given(course: Course) -> dict[tuple[int, str], Given]:
    rows = StudentRepository.objects.filter(enrolment__course=course).values_list(
        "enrolment_id", "repo_path", *Given._fields
    )
    return {(pk, path): Given(*fields) for pk, path, *fields in rows}


def _filtered(rows: Iterable[ListedRepository], filters: RepositoryFilters) -> Iterator[ListedRepository]:
    part = fold_for_search(filters.name)
    for row in rows:
        person, group, registration = row.student.person, row.student.group, row.registration
        if filters.group and (group is None or group.group_id != filters.group):
            continue
        if filters.state and filters.state != row.state.key and not _has_change(row, filters.state):
            continue
        if filters.hook == NEVER and (registration is None or registration.hidden or registration.has_hook):
            continue
        if not part or part in fold_for_search(f"{person.display_name} {person.username} {row.url}"):
            yield row


def _has_change(row: ListedRepository, kind: str) -> bool:
    if row.registration is None:
        return False
    return {MOVED: row.registration.has_moved, BRANCHES: row.registration.has_other_branches}.get(kind, False)


def _is_to_settle(row: ListedRepository) -> bool:
    return _has_change(row, MOVED) or _has_change(row, BRANCHES)


def _order(row: ListedRepository) -> tuple[int, tuple[str, str, str], str]:
    return URGENCY[row.state.key], family_order(row.student.person), row.place.repo_path


def _with_details(rows: Sequence[ListedRepository], details: dict[int, Reading]) -> list[ListedRepository]:
    """Fill in the details, but not of hidden registrations."""
    return [
        replace(row, reading=details.get(row.registration.repository_id))
        if row.registration and not row.registration.hidden
        else row
        for row in rows
    ]
