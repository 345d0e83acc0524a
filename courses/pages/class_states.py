"""A whole class judged at once, from bare values: the matrix counts, filters and sorts by it, and draws a page of it.

The rules stay `status_of`'s and `Deadlines`'. They are asked once for each kind of cell (a task, for a group, with the
repository there in some state, or for the one student whom an extension favours) and not for each cell of the class.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db.models import Case, F, OuterRef, QuerySet, Subquery, When

from accounts.models import name_of
from courses.models import Activity, Course, Enrolment, Progress, StudentRepository
from courses.rules.deadlines import Deadlines, Due
from courses.rules.statuses import DONE, FAILING, LATE, OVERDUE, status_of
from courses.rules.tree import Node

ATTENTION = {FAILING.key: 3, OVERDUE.key: 2, LATE.key: 1}
NOBODY = 0  # no enrolment's key: a kind that no extension moves
BEGUN = Progress(state=Progress.State.STARTED)
REPOSITORIES = {state: StudentRepository(state=state) for state in StudentRepository.State.values}


class RepositoryFacts(NamedTuple):
    """A repository of the class: `since` only where it fails."""

    enrolment_id: int
    repo_path: str
    state: str
    since: datetime | None
    seen_at: datetime | None


@dataclass(slots=True)
class Kind:
    """What a task is for a student before their own work counts: the state when untouched and when started."""

    due: Due
    limit: float
    untouched: str
    started: str


@dataclass(slots=True)
class Standing:
    """A student: `states` holds a state's key for each of the matrix's tasks, in their order, `kinds` what it hung on.

    `pushed` is the epoch second of the last commit, `failing` since when each broken repository is broken.
    """

    pk: int
    username: str
    name: str
    group_id: int | None
    pushed: int | None
    failing: list[datetime]
    kinds: Sequence[Kind]
    states: list[str]

    @property
    def attention(self) -> int:
        return sum(weight * self.states.count(key) for key, weight in ATTENTION.items())


def read_repository_facts(course: Course) -> list[RepositoryFacts]:
    since = Case(When(state=StudentRepository.State.FAILING, then=F("since")))
    rows = StudentRepository.objects.filter(enrolment__course=course).order_by("pk")
    return [RepositoryFacts._make(row) for row in rows.values_list("enrolment", "repo_path", "state", since, "seen_at")]


def last_push() -> Subquery:
    """The epoch second of an enrolment's last commit: one probe of an index, where MAX would read all their commits."""
    return Subquery(Activity.objects.filter(enrolment=OuterRef("pk")).order_by("-at").values("at")[:1])


def standings(
    students: "QuerySet[Enrolment]",
    heads: Sequence[Node],
    student_repositories: Sequence[RepositoryFacts],
    deadlines: Deadlines,
    now: datetime,
) -> list[Standing]:
    """These students of one course, in the order of their keys: two queries, whatever their number."""
    rules = _Rules(heads, deadlines, now)
    given: dict[int, dict[str, str]] = {}
    failing: dict[int, list[datetime]] = {}
    for repository in student_repositories:
        given.setdefault(repository.enrolment_id, {})[repository.repo_path] = repository.state
        if repository.since:
            failing.setdefault(repository.enrolment_id, []).append(repository.since)
    person = ("person__first_name", "person__last_name", "person__username")
    found = {}
    rows = students.order_by("pk").values_list("pk", "group", *person, last_push())
    for pk, group_id, first_name, last_name, username, last in rows:
        name = name_of(first_name, last_name, username)
        kinds, untouched = rules.row(pk, group_id, given.get(pk, {}))
        found[pk] = Standing(pk, username, name, group_id, last, failing.get(pk, []), kinds, untouched.copy())
    _work(students, rules.index, found)
    return list(found.values())


def _work(students: "QuerySet[Enrolment]", index: dict[int, int], found: dict[int, Standing]) -> None:
    """Let what each student began or did count: bare values, read from an index alone."""
    begun = (Progress.State.STARTED.value, Progress.State.DONE.value)
    rows = Progress.objects.filter(enrolment__in=students, state__in=begun).order_by()
    done, late, finished = DONE.key, LATE.key, begun[1]
    for pk, task_id, state, time in rows.values_list("enrolment", "task", "state", "completed_time").iterator():
        try:
            standing, position = found[pk], index[task_id]
        except KeyError:
            continue  # enrolled this instant, or work on what asks for none any more
        kind = standing.kinds[position]
        if state != finished:
            standing.states[position] = kind.started
        else:
            standing.states[position] = late if time is not None and time > kind.limit else done


class _Rules:
    """What the tasks are for the students met so far; many share a row of them."""

    def __init__(self, heads: Sequence[Node], deadlines: Deadlines, now: datetime) -> None:
        self.columns = [_Kinds(node, deadlines, now) for node in heads]
        self.index = {node.task.pk: position for position, node in enumerate(heads)}
        self.extended = deadlines.extended_tasks()
        self.rows: dict[tuple[int | None, frozenset[tuple[str, str]]], tuple[list[Kind], list[str]]] = {}

    def row(self, pk: int, group_id: int | None, given: dict[str, str]) -> tuple[list[Kind], list[str]]:
        """The kinds of all tasks for this student, and the states of one who has done nothing."""
        key = group_id, frozenset(given.items())
        if key not in self.rows:
            shared = [of_task[group_id, given.get(of_task.place)] for of_task in self.columns]
            self.rows[key] = shared, [kind.untouched for kind in shared]
        kinds, states = self.rows[key]
        if pk in self.extended:
            kinds = kinds.copy()
            for position in (self.index[task_id] for task_id in self.extended[pk] & self.index.keys()):
                of_task = self.columns[position]
                kinds[position] = of_task.judge(pk, group_id, given.get(of_task.place))
            states = [kind.untouched for kind in kinds]
        return kinds, states


class _Kinds(dict[tuple[int | None, str | None], Kind]):
    """What one task is, by the student's group and the state of their repository: judged when first met."""

    def __init__(self, node: Node, deadlines: Deadlines, now: datetime) -> None:
        super().__init__()
        self.task, self.place, self.deadlines, self.now = node.task, node.task.repo_path, deadlines, now

    def __missing__(self, key: tuple[int | None, str | None]) -> Kind:
        self[key] = made = self.judge(NOBODY, *key)
        return made

    def judge(self, pk: int, group_id: int | None, repository: str | None) -> Kind:
        due, row = (
            self.deadlines.due(self.task, pk, group_id),
            REPOSITORIES[repository] if repository else None,
        )
        untouched, started = (status_of(self.task, begun, due, row, self.now) for begun in (None, BEGUN))
        return Kind(due, due.limit, untouched.key, started.key)
