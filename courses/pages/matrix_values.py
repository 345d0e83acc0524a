"""The matrix of a course as values: its heads, rows and cells. `courses/pages/matrix.py` builds it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from courses.models import Course, Group
from courses.pages.class_statuses import StudentStatuses
from courses.pages.listed_students import ListedStudent
from courses.pages.matrix_filters import MatrixFilters
from courses.pages.progress_bar import progress_bar
from courses.rules.deadlines import Due
from courses.rules.statuses import FINISHED, STATUS_BY_KEY, Status
from courses.rules.tree import Node


@dataclass(frozen=True)
class Cell:
    task_id: int
    status: Status
    node: Node
    due: Due
    effort: int


@dataclass
class Row:
    """A student of the page. `spark` counts the commits of each of the last days, the last is today.

    `efforts` are by task; empty unless the caller wants them.
    """

    enrolment: ListedStudent
    student: StudentStatuses
    nodes: Sequence[Node]
    last_push: datetime | None
    spark: list[int]
    efforts: dict[int, int]

    @property
    def name(self) -> str:
        return self.student.name

    @property
    def cells(self) -> list[Cell]:
        return [
            Cell(node.task.pk, STATUS_BY_KEY[key], node, possible.due, self.efforts.get(node.task.pk, 0))
            for node, key, possible in zip(self.nodes, self.student.keys, self.student.possible, strict=True)
        ]


@dataclass
class Column:
    """The head of a task. `counts` has the number of students of the group with each status, by its key."""

    node: Node
    chapter_start: bool
    current: bool = False
    start_here: bool = False
    counts: Counter[str] = field(default_factory=Counter)
    total: int = 0

    @property
    def finished(self) -> int:
        return sum(self.counts[status.key] for status in FINISHED)

    @property
    def bars(self) -> list[tuple[str, float, float]]:
        return progress_bar(self.counts, self.total)


def build_columns(nodes: Sequence[Node]) -> list[Column]:
    """Return the heads of the tasks.

    The values that depend on students or on the present time keep their defaults.
    """
    chapters = [node.chapter for node in nodes]
    return [
        Column(node, chapter_start=index > 0 and bool(chapters[index - 1]) and chapters[index] != chapters[index - 1])
        for index, node in enumerate(nodes)
    ]


@dataclass
class ChangedMatrix:
    """The parts that an open page replaces: the rows of `matrix` and these heads.

    `attention`: the cards of students who need attention changed, and are replaced too.
    """

    matrix: "Matrix"
    heads: list[Column]
    attention: bool


@dataclass
class Matrix:
    """The matrix with its heads, the rows of one page, and the students who need attention.

    `students` counts all students of the course, `shown` those that match the filters. `failing` has the name and the
    start of the failure for each repository that fails; `never_pushed`, `overdue`, `removed` and `unproven` are names
    of students. `unconfirmed` counts the repositories of the course that wait for the teacher's confirmation.
    """

    course: Course
    columns: list[Column]
    rows: list[Row]
    groups: list[Group]
    filters: MatrixFilters
    students: int
    shown: int
    pages: int
    now: datetime
    seen_at: datetime | None
    failing: list[tuple[str, datetime]] = field(default_factory=list)
    never_pushed: list[str] = field(default_factory=list)
    overdue: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    unproven: list[str] = field(default_factory=list)
    unconfirmed: int = 0
    has_tasks: bool = True

    @property
    def all_is_well(self) -> bool:
        attention = self.failing or self.never_pushed or self.overdue or self.removed or self.unproven
        return not (attention or self.unconfirmed)
