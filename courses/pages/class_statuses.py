"""The statuses of a whole class, from bare values: the matrix counts, filters and sorts by them and draws one page.

`status_of` and `Deadlines` hold the rules. To compute a class of a thousand students fast, they run once for each kind
of cell and not for each cell. A kind is a task, for a group, with a repository in some state, or for the one student
who has an extension.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from courses.models import Progress, StudentRepository
from courses.pages.class_rows import BEGUN, ClassRows
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
ATTENTION_KEYS = frozenset(status.key for status in (OVERDUE, REMOVED, UNPROVEN, UNPROVEN_LATE))
NO_ENROLMENT = 0  # the key of no enrolment, so no extension applies
STARTED_PROGRESS = Progress(state=Progress.State.STARTED)
REPOSITORY_IN_STATE = {state: StudentRepository(state=state) for state in StudentRepository.State.values}


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
    that fails: since when. Use `attention_keys` only when the keys are complete.
    """

    pk: int
    person: PersonName
    name: str
    group_id: int | None
    pushed: int | None
    failing: list[datetime]
    possible: Sequence[PossibleStatuses]
    keys: list[str]
    _attention_keys: frozenset[str] | None = None

    @property
    def attention_keys(self) -> frozenset[str]:
        """The keys of the student's statuses that are in ATTENTION_KEYS."""
        if self._attention_keys is None:
            self._attention_keys = ATTENTION_KEYS.intersection(self.keys)
        return self._attention_keys

    @property
    def username(self) -> str:
        return self.person.username

    @property
    def attention(self) -> int:
        """How much attention this student needs: the sum of the weights of the tasks' states."""
        return sum(weight * self.keys.count(key) for key, weight in ATTENTION_WEIGHTS.items())


def compute_statuses(
    rows: ClassRows, tasks: "TaskStatuses", now: datetime, *, unproven_is_late: bool
) -> list[StudentStatuses]:
    """Return the students of these rows, by the key of their enrolment.

    `unproven_is_late` is the setting of the course.
    """
    tasks.start(now)
    unproven_key = (UNPROVEN_LATE if unproven_is_late else UNPROVEN).key
    repository_states: dict[int, dict[str, str]] = {}
    failing: dict[int, list[datetime]] = {}
    for repository in rows.repositories:
        repository_states.setdefault(repository.enrolment_id, {})[repository.repo_path] = repository.state
        if repository.since:
            failing.setdefault(repository.enrolment_id, []).append(repository.since)
    by_enrolment = {}
    for pk, group_id, *values, pushed in rows.students:
        person = PersonName(*values)
        possible, keys = tasks.row(pk, group_id, repository_states.get(pk, {}))
        by_enrolment[pk] = StudentStatuses(
            pk, person, person.display_name, group_id, pushed, failing.get(pk, []), possible, keys.copy()
        )
    _apply_progress(rows.progress, tasks.index, by_enrolment, unproven_key)
    return list(by_enrolment.values())


def _apply_progress(
    rows: Iterable[tuple[Any, ...]],
    index: dict[int, int],
    by_enrolment: dict[int, StudentStatuses],
    unproven_key: str,
) -> None:
    """Set the statuses of tasks that are started, done or removed.

    The rule for a done task is that of `done_status`.
    """
    done_key, late_key, removed_key, (_started, done_state, removed_state) = DONE.key, LATE.key, REMOVED.key, BEGUN
    for pk, task_id, state, time, proven in rows:
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


class TaskStatuses:
    """The tasks of the matrix, with the statuses that are possible before a student's work is known.

    Students of one group whose repositories are in the same states share one row of them. The object may be used
    for later calls of `compute_statuses` until a deadline passes.
    """

    def __init__(self, nodes: Sequence[Node], deadlines: Deadlines) -> None:
        self.deadlines = deadlines
        self.columns = [_Column(node, self) for node in nodes]
        self.index = {node.task.pk: position for position, node in enumerate(nodes)}
        self.rows: dict[tuple[int | None, frozenset[tuple[str, str]]], tuple[list[PossibleStatuses], list[str]]] = {}

    def start(self, now: datetime) -> None:
        """Set the time and take the present extensions before statuses are computed."""
        self.now, self.extended = now, self.deadlines.extended_tasks()

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

    def __init__(self, node: Node, tasks: TaskStatuses) -> None:
        super().__init__()
        self.task, self.repo_path, self.tasks = node.task, node.task.repo_path, tasks

    def __missing__(self, key: tuple[int | None, str | None]) -> PossibleStatuses:
        self[key] = possible = self.compute(NO_ENROLMENT, *key)
        return possible

    def compute(self, pk: int, group_id: int | None, repository_state: str | None) -> PossibleStatuses:
        due = self.tasks.deadlines.due(self.task, pk, group_id)
        repository = REPOSITORY_IN_STATE[repository_state] if repository_state else None
        without_work, started = (
            status_of(self.task, progress, due, repository, self.tasks.now, unproven_is_late=False)
            for progress in (None, STARTED_PROGRESS)
        )
        return PossibleStatuses(due, due.limit, without_work.key, started.key)
