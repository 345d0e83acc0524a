"""The matrix of a course, students by tasks, in a constant number of queries. Values only: no row escapes to a page.

The class is judged whole and cheaply (`class_states`); what a page shows beyond states is read for its students.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta

from django.db.models import Case, Count, IntegerField, QuerySet, When

from accounts.models import User
from courses.models import Activity, Course, Enrolment, Group, Progress
from courses.pages.class_states import Standing, read_repository_facts, standings
from courses.pages.matrix_filters import Name, Wish, is_silent, wished
from courses.rules.deadlines import Deadlines, Due
from courses.rules.statuses import DONE, FINISHED, LATE, OVERDUE, STARTED, STATUS_BY_KEY, Status
from courses.rules.tree import Node, outline, repository_places, work_nodes

SPARK_DAYS = 14
PAGE_SIZE = 100


@dataclass(frozen=True)
class Cell:
    task_id: int
    state: Status
    node: Node
    due: Due
    effort: int


@dataclass
class Row:
    """A student of the page. `efforts` by task, where they were asked for."""

    enrolment: Enrolment
    standing: Standing
    heads: Sequence[Node]
    last_push: datetime | None
    spark: list[int]
    efforts: dict[int, int]

    @property
    def name(self) -> str:
        return self.standing.name

    @property
    def cells(self) -> list[Cell]:
        return [
            Cell(node.task.pk, STATUS_BY_KEY[state], node, kind.due, self.efforts.get(node.task.pk, 0))
            for node, state, kind in zip(self.heads, self.standing.states, self.standing.kinds, strict=True)
        ]


@dataclass
class Column:
    """A task's head: how many of the students shown are done, late and started (the rest is neither)."""

    node: Node
    chapter_start: bool
    current: bool
    start_here: bool
    counts: Counter[str]
    total: int

    @property
    def finished(self) -> int:
        return sum(self.counts[state.key] for state in FINISHED)

    @property
    def bars(self) -> list[tuple[str, float, float]]:
        """(class, x, width) in per cent, in the order they stand."""
        bars, x = [], 0.0
        for state in (DONE, LATE, STARTED):
            width = round(100 * self.counts[state.key] / self.total, 2) if self.total else 0
            if width:
                bars.append((f"p-{state.key}", round(x, 2), width))
            x += width
        return bars


@dataclass
class Matrix:
    course: Course
    columns: list[Column]
    rows: list[Row]
    groups: list[Group]
    wish: Wish
    students: int
    shown: int
    pages: int
    now: datetime
    seen_at: datetime | None
    failing: list[tuple[str, datetime]] = field(default_factory=list)
    silent: list[str] = field(default_factory=list)
    overdue: list[str] = field(default_factory=list)
    has_tasks: bool = True

    @property
    def all_is_well(self) -> bool:
        return not (self.failing or self.silent or self.overdue)


def matrix(course: Course, wish: Wish, now: datetime, *, efforts: bool = False) -> Matrix:
    """The page asked for, under heads that count the whole group; `efforts` reads those of its cells too."""
    tasks = list(course.tasks.without_statements())
    nodes = outline(tasks)
    heads = work_nodes(nodes)
    groups = list(course.groups.order_by("group_id"))
    everybody = course.enrolments.filter(role=Enrolment.Role.STUDENT)
    student_repositories = read_repository_facts(course)
    judged = standings(everybody, heads, student_repositories, Deadlines(tasks), now)
    students = len(judged)
    if wish.group:
        asked = {group.pk for group in groups if group.group_id == wish.group}
        judged = [one for one in judged if one.group_id in asked]
    people = _people(everybody)
    judged = [one for one in judged if one.pk in people]  # who left the course this instant is in no row
    shown = wished(judged, wish, people, now)
    pages = max(1, -(-len(shown) // PAGE_SIZE))
    first = (min(wish.page, pages) - 1) * PAGE_SIZE
    page = shown[first : first + PAGE_SIZE]
    enrolments = [_enrolment(course, one, people[one.pk], groups) for one in page]
    return Matrix(
        course=course,
        columns=_heads(heads, judged, now),
        rows=_rows(course, heads, list(zip(page, enrolments, strict=True)), now, efforts=efforts),
        groups=groups,
        wish=wish,
        students=students,
        shown=len(shown),
        pages=pages,
        now=now,
        seen_at=max(
            (repository.seen_at for repository in student_repositories if repository.seen_at),
            default=None,
        ),
        failing=[(one.name, since) for one in judged for since in one.failing],
        silent=[one.name for one in judged if is_silent(one)] if repository_places(nodes) else [],
        overdue=[one.name for one in judged if OVERDUE.key in one.states],
        has_tasks=bool(heads),
    )


def _people(students: QuerySet[Enrolment]) -> dict[int, Name]:
    """Who each student is, by enrolment: what a list is sorted by and a row shows of a person, and no more."""
    rows = students.order_by().values_list("pk", *(f"person__{field}" for field in Name._fields))
    return {pk: Name(*values) for pk, *values in rows}


def _enrolment(course: Course, one: Standing, name: Name, groups: Sequence[Group]) -> Enrolment:
    group = next((group for group in groups if group.pk == one.group_id), None)
    return Enrolment(pk=one.pk, course=course, person=User(**name._asdict()), group=group)


def _rows(
    course: Course,
    heads: Sequence[Node],
    judged: Sequence[tuple[Standing, Enrolment]],
    now: datetime,
    *,
    efforts: bool,
) -> list[Row]:
    keys = [one.pk for one, _enrolment in judged]
    sparks = _sparks(course, keys, now)
    spent: dict[int, dict[int, int]] = {}
    if efforts:
        rows = Progress.objects.filter(enrolment__in=keys)
        for pk, task_id, effort in rows.values_list("enrolment", "task", "effort"):
            spent.setdefault(pk, {})[task_id] = effort
    return [
        Row(
            enrolment,
            one,
            heads,
            None if one.pushed is None else datetime.fromtimestamp(min(one.pushed, int(now.timestamp())), UTC),
            sparks.get(one.pk, [0] * SPARK_DAYS),
            spent.get(one.pk, {}),
        )
        for one, enrolment in judged
    ]


def _sparks(course: Course, keys: Collection[int], now: datetime) -> dict[int, list[int]]:
    """How many commits on each of the last fourteen days (the last is today, and has what a clock ahead dated later).

    The database counts them by the bounds of the course's own days: no day is 24 hours long by right.
    """
    today = now.astimezone(course.timezone).date()
    days = [today - timedelta(days=ago) for ago in range(SPARK_DAYS)]  # the newest first: the first bound that holds
    starts = [int(datetime.combine(day, time.min, course.timezone).timestamp()) for day in days]
    day = Case(*(When(at__gte=start, then=ago) for ago, start in enumerate(starts)), output_field=IntegerField())
    rows = Activity.objects.filter(enrolment__in=keys, at__gte=starts[-1]).annotate(ago=day).order_by()
    sparks: dict[int, list[int]] = {}
    for pk, ago, count in rows.values_list("enrolment", "ago").annotate(Count("commit_id", distinct=True)):
        sparks.setdefault(pk, [0] * SPARK_DAYS)[SPARK_DAYS - 1 - ago] = count
    return sparks


def _heads(heads: Sequence[Node], judged: Sequence[Standing], now: datetime) -> list[Column]:
    """The current task is the first whose deadline has not passed; the matrix opens at the one before it."""
    current = next((i for i, node in enumerate(heads) if node.task.deadline and node.task.deadline >= now), None)
    counts = [Counter(states) for states in zip(*(one.states for one in judged), strict=True)]
    found, chapter = [], ""
    for index, node in enumerate(heads):
        found.append(
            Column(
                node,
                chapter_start=bool(chapter) and node.chapter != chapter,
                current=index == current,
                start_here=current is not None and index == max(0, current - 1),
                counts=counts[index] if counts else Counter(),
                total=len(judged),
            )
        )
        chapter = node.chapter
    return found
