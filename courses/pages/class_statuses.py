"""The statuses of a whole class, from bare values: the matrix counts, filters and sorts by them and draws one page.

`status_of` and `Deadlines` hold the rules. To compute a class of a thousand students fast, they run once for each kind
of cell and not for each cell. A kind is a task, for a group, with a repository in some state, or for the one student
who has an extension.
"""

from collections.abc import Collection, Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db.models import Case, F, OuterRef, QuerySet, Subquery, When

from courses.models import Activity, Course, Enrolment, Progress, StudentRepository
from courses.pages.listed_students import PersonName
from courses.rules.deadlines import Deadlines, Due
from courses.rules.statuses import DONE, FAILING, LATE, OVERDUE, REMOVED, UNPROVEN, UNPROVEN_LATE, status_of
from courses.rules.tree import Node

ATTENTION_WEIGHTS = {
    FAILING.key: 3,
    REMOVED.key: 3,
    OVERDUE.key: 2,
    LATE.key: 1,
    UNPROVEN_LATE.key: 1,
    UNPROVEN.key: 1,
}
NO_ENROLMENT = 0  # the key of no enrolment, so no extension applies
STARTED_PROGRESS = Progress(state=Progress.State.STARTED)
REPOSITORY_IN_STATE = {state: StudentRepository(state=state) for state in StudentRepository.State.values}


class RepositoryFacts(NamedTuple):
    """A student's repository. `since` is the time since when it fails, None for one that does not."""

    enrolment_id: int
    repo_path: str
    state: str
    since: datetime | None
    seen_at: datetime | None


@dataclass(slots=True)
class PossibleStatuses:
    """The deadline of a task for a student, and the statuses it has before their own work counts.

    `limit` is the deadline in epoch seconds. `without_work` and `started` are keys of statuses.
    """

    due: Due
    limit: float
    without_work: str
    started: str


@dataclass(slots=True)
class StudentStatuses:
    """A student with the keys of the statuses of the matrix's tasks, in their order.

    `pk` is the enrolment's. `pushed` is the epoch second of the last commit. `failing` has a time for each repository
    that fails: since when.
    """

    pk: int
    person: PersonName
    name: str
    group_id: int | None
    pushed: int | None
    failing: list[datetime]
    possible: Sequence[PossibleStatuses]
    keys: list[str]

    @property
    def username(self) -> str:
        return self.person.username

    @property
    def attention(self) -> int:
        """How much attention this student needs: the sum of the weights of the tasks' states."""
        return sum(weight * self.keys.count(key) for key, weight in ATTENTION_WEIGHTS.items())


def read_repository_facts(course: Course, enrolment_ids: Collection[int] | None = None) -> list[RepositoryFacts]:
    """Return the repositories of a course, or of these students of it."""
    since = Case(When(state=StudentRepository.State.FAILING, then=F("since")))
    rows = StudentRepository.objects.filter(enrolment__course=course).order_by("pk")
    if enrolment_ids is not None:
        rows = rows.filter(enrolment__in=enrolment_ids)
    return [RepositoryFacts._make(row) for row in rows.values_list("enrolment", "repo_path", "state", since, "seen_at")]


def last_seen(student_repositories: Iterable[RepositoryFacts], enrolment_ids: Container[int]) -> datetime | None:
    """Return when a repository of these students was last read; None for never."""
    times = (row.seen_at for row in student_repositories if row.seen_at and row.enrolment_id in enrolment_ids)
    return max(times, default=None)


def last_push_epoch() -> Subquery:
    """Return a subquery for the epoch second of an enrolment's last commit.

    It reads one entry of an index, where MAX would read all commits.
    """
    return Subquery(Activity.objects.filter(enrolment=OuterRef("pk")).order_by("-at").values("at")[:1])


def read_class_statuses(
    students: "QuerySet[Enrolment]",
    nodes: Sequence[Node],
    student_repositories: Sequence[RepositoryFacts],
    deadlines: Deadlines,
    now: datetime,
    *,
    unproven_is_late: bool,
) -> list[StudentStatuses]:
    """Return these students of one course, by the key of their enrolment. Two queries, whatever their number.

    `unproven_is_late` is the setting of the course.
    """
    columns = _Columns(nodes, deadlines, now)
    unproven_key = (UNPROVEN_LATE if unproven_is_late else UNPROVEN).key
    repository_states: dict[int, dict[str, str]] = {}
    failing: dict[int, list[datetime]] = {}
    for repository in student_repositories:
        repository_states.setdefault(repository.enrolment_id, {})[repository.repo_path] = repository.state
        if repository.since:
            failing.setdefault(repository.enrolment_id, []).append(repository.since)
    fields = [f"person__{field}" for field in PersonName._fields]
    by_enrolment = {}
    rows = students.order_by("pk").values_list("pk", "group", *fields, last_push_epoch())
    for pk, group_id, *values, pushed in rows:
        person = PersonName(*values)
        possible, keys = columns.row(pk, group_id, repository_states.get(pk, {}))
        by_enrolment[pk] = StudentStatuses(
            pk, person, person.display_name, group_id, pushed, failing.get(pk, []), possible, keys.copy()
        )
    _apply_progress(students, columns.index, by_enrolment, unproven_key)
    return list(by_enrolment.values())


def _apply_progress(
    students: "QuerySet[Enrolment]",
    index: dict[int, int],
    by_enrolment: dict[int, StudentStatuses],
    unproven_key: str,
) -> None:
    """Set the statuses of tasks that are started, done or removed. Reads bare values, from an index alone.

    The rule for a done task is that of `done_status`.
    """
    begun = (Progress.State.STARTED.value, Progress.State.DONE.value, Progress.State.REMOVED.value)
    rows = Progress.objects.filter(enrolment__in=students, state__in=begun).order_by()
    done_key, late_key, removed_key, (_started, done_state, removed_state) = DONE.key, LATE.key, REMOVED.key, begun
    columns = ("enrolment", "task", "state", "completed_time", "proven_time")
    for pk, task_id, state, time, proven in rows.values_list(*columns).iterator():
        try:
            student, position = by_enrolment[pk], index[task_id]
        except KeyError:
            continue  # enrolled this instant, or progress of a task that asks for no work any more
        possible = student.possible[position]
        if state == done_state:
            if time is not None and time > possible.limit:
                key = late_key
            else:
                key = unproven_key if proven is not None and proven > possible.limit else done_key
        else:
            key = removed_key if state == removed_state else possible.started
        student.keys[position] = key


class _Columns:
    """The tasks of the matrix, one column each.

    A student's row has, for each task, the statuses that are possible before the student's work is known. Students of
    one group whose repositories are in the same states share one row.
    """

    def __init__(self, nodes: Sequence[Node], deadlines: Deadlines, now: datetime) -> None:
        self.columns = [_Column(node, deadlines, now) for node in nodes]
        self.index = {node.task.pk: position for position, node in enumerate(nodes)}
        self.extended = deadlines.extended_tasks()
        self.rows: dict[tuple[int | None, frozenset[tuple[str, str]]], tuple[list[PossibleStatuses], list[str]]] = {}

    def row(
        self, pk: int, group_id: int | None, repository_states: dict[str, str]
    ) -> tuple[list[PossibleStatuses], list[str]]:
        """Return the possible statuses of all tasks for this student, and the keys of one who has done nothing."""
        shared_key = group_id, frozenset(repository_states.items())
        if shared_key not in self.rows:
            shared = [column[group_id, repository_states.get(column.repo_path)] for column in self.columns]
            self.rows[shared_key] = shared, [possible.without_work for possible in shared]
        row, keys = self.rows[shared_key]
        if pk in self.extended:
            row = row.copy()
            for position in (self.index[task_id] for task_id in self.extended[pk] & self.index.keys()):
                column = self.columns[position]
                row[position] = column.compute(pk, group_id, repository_states.get(column.repo_path))
            keys = [possible.without_work for possible in row]
        return row, keys


class _Column(dict[tuple[int | None, str | None], PossibleStatuses]):
    """The possible statuses of one task, by group and by state of the repository. Computed when first used."""

    def __init__(self, node: Node, deadlines: Deadlines, now: datetime) -> None:
        super().__init__()
        self.task, self.repo_path, self.deadlines, self.now = node.task, node.task.repo_path, deadlines, now

    def __missing__(self, key: tuple[int | None, str | None]) -> PossibleStatuses:
        self[key] = possible = self.compute(NO_ENROLMENT, *key)
        return possible

    def compute(self, pk: int, group_id: int | None, repository_state: str | None) -> PossibleStatuses:
        due = self.deadlines.due(self.task, pk, group_id)
        repository = REPOSITORY_IN_STATE[repository_state] if repository_state else None
        without_work, started = (
            status_of(self.task, progress, due, repository, self.now, unproven_is_late=False)
            for progress in (None, STARTED_PROGRESS)
        )
        return PossibleStatuses(due, due.limit, without_work.key, started.key)
