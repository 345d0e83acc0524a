"""The matrix of a course, students by tasks, in a constant number of queries. Values only: no row escapes to a page."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from django.db.models import Max

from courses.deadlines import Deadlines, Due
from courses.models import Activity, Course, Enrolment, Group, Progress, RepositoryClaim
from courses.states import DONE, FAILING, FINISHED, LATE, OVERDUE, STARTED, State, state_of
from courses.tree import Node, columns, outline, places

SPARK_DAYS = 14
PAGE_SIZE = 100
SORTS = ("name", "attention")
ATTENTION = {FAILING.key: 3, OVERDUE.key: 2, LATE.key: 1}


@dataclass(frozen=True)
class Wish:
    """What the page's address asks for; odd values fall back to everything."""

    group: str = ""
    name: str = ""
    state: str = ""
    sort: str = "name"
    page: int = 1


@dataclass(frozen=True)
class Cell:
    task_id: int
    state: State
    node: Node
    due: Due
    effort: int
    chapter_start: bool


@dataclass
class Row:
    enrolment: Enrolment
    cells: list[Cell]
    last_push: datetime | None
    spark: list[int]
    failing: list[RepositoryClaim]

    @property
    def name(self) -> str:
        return self.enrolment.person.display_name

    @property
    def attention(self) -> int:
        return sum(ATTENTION.get(cell.state.key, 0) for cell in self.cells)


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


def matrix(course: Course, wish: Wish, now: datetime) -> Matrix:
    """The whole class is read and judged (the heads count it all); the rows are those of the page asked for."""
    tasks = list(course.tasks.all())
    nodes = outline(tasks)
    heads = columns(nodes)
    groups = list(course.groups.order_by("group_id"))
    enrolments = list(
        course.enrolments.filter(role=Enrolment.Role.STUDENT).select_related("person", "group").order_by("pk")
    )
    claims = list(RepositoryClaim.objects.filter(enrolment__course=course).order_by("pk"))
    rows = _rows(course, heads, enrolments, claims, Deadlines(tasks), now)
    asked = bool(places(nodes))
    if wish.group:
        rows = [row for row in rows if row.enrolment.group and row.enrolment.group.group_id == wish.group]
    result = Matrix(
        course=course,
        columns=_heads(heads, rows, now),
        rows=[],
        groups=groups,
        wish=wish,
        students=len(enrolments),
        shown=0,
        pages=1,
        now=now,
        seen_at=max((claim.seen_at for claim in claims if claim.seen_at), default=None),
        failing=[(row.name, claim.since) for row in rows for claim in row.failing],
        silent=[row.name for row in rows if row.last_push is None and not row.failing] if asked else [],
        overdue=[row.name for row in rows if any(cell.state is OVERDUE for cell in row.cells)],
        has_tasks=bool(heads),
    )
    rows = _wished(rows, wish)
    result.shown, result.pages = len(rows), max(1, -(-len(rows) // PAGE_SIZE))
    first = (min(wish.page, result.pages) - 1) * PAGE_SIZE
    result.rows = rows[first : first + PAGE_SIZE]
    return result


def _rows(
    course: Course,
    heads: Sequence[Node],
    enrolments: Sequence[Enrolment],
    claims: Sequence[RepositoryClaim],
    deadlines: Deadlines,
    now: datetime,
) -> list[Row]:
    progress = {(row.enrolment_id, row.task_id): row for row in Progress.objects.filter(enrolment__course=course)}
    claim_at = {(claim.enrolment_id, claim.repo_path): claim for claim in claims}
    failing: dict[int, list[RepositoryClaim]] = {}
    for claim in claims:
        if claim.state == RepositoryClaim.State.FAILING:
            failing.setdefault(claim.enrolment_id, []).append(claim)
    last, sparks = _pushes(course, now)
    rows = []
    for enrolment in enrolments:
        cells, chapter = [], ""
        for node in heads:
            done = progress.get((enrolment.pk, node.task.pk))
            due = deadlines.effective_deadline(enrolment, node.task)
            state = state_of(node.task, done, due, claim_at.get((enrolment.pk, node.task.repo_path)), now)
            effort = done.effort if done else 0
            cells.append(Cell(node.task.pk, state, node, due, effort, bool(chapter) and node.chapter != chapter))
            chapter = node.chapter
        rows.append(
            Row(
                enrolment,
                cells,
                last.get(enrolment.pk),
                sparks.get(enrolment.pk, [0] * SPARK_DAYS),
                failing.get(enrolment.pk, []),
            )
        )
    return rows


def _pushes(course: Course, now: datetime) -> tuple[dict[int, datetime], dict[int, list[int]]]:
    """When each student last pushed, and how many commits on each of the last fourteen days (the last is today)."""
    rows = Activity.objects.filter(enrolment__course=course)
    last = {
        pk: datetime.fromtimestamp(min(at, int(now.timestamp())), UTC)
        for pk, at in rows.values_list("enrolment").annotate(last=Max("at")).order_by()
    }
    today = now.astimezone(course.timezone).date()
    since = int((now - timedelta(days=SPARK_DAYS)).timestamp())
    sparks: dict[int, list[int]] = {}
    recent = rows.filter(at__gte=since).values_list("enrolment", "commit_id", "at").distinct()
    for pk, _commit, at in recent:
        day = datetime.fromtimestamp(min(at, int(now.timestamp())), course.timezone).date()
        ago = (today - day).days
        if ago < SPARK_DAYS:
            sparks.setdefault(pk, [0] * SPARK_DAYS)[SPARK_DAYS - 1 - ago] += 1
    return last, sparks


def _heads(heads: Sequence[Node], rows: Sequence[Row], now: datetime) -> list[Column]:
    """The current task is the first whose deadline has not passed; the matrix opens at the one before it."""
    current = next((i for i, node in enumerate(heads) if node.task.deadline and node.task.deadline >= now), None)
    found, chapter = [], ""
    for index, node in enumerate(heads):
        counts = Counter(row.cells[index].state.key for row in rows)
        found.append(
            Column(
                node,
                chapter_start=bool(chapter) and node.chapter != chapter,
                current=index == current,
                start_here=current is not None and index == max(0, current - 1),
                counts=counts,
                total=len(rows),
            )
        )
        chapter = node.chapter
    return found


def _wished(rows: list[Row], wish: Wish) -> list[Row]:
    if wish.name:
        needle = wish.name.casefold()
        rows = [row for row in rows if needle in f"{row.name} {row.enrolment.person.username}".casefold()]
    if wish.state:
        rows = [row for row in rows if any(_is(cell.state, wish.state) for cell in row.cells)]
    if wish.sort == "attention":
        return sorted(rows, key=lambda row: (-row.attention, row.name.casefold(), row.enrolment.pk))
    return sorted(rows, key=lambda row: (row.name.casefold(), row.enrolment.pk))


def _is(state: State, key: str) -> bool:
    return state.key == key
