"""The points of a class, as a table that Moodle's grade book imports.

Moodle finds the student by a column that the teacher chooses, such as the id number, the user name or the e-mail
address, and takes each other column as the points or the feedback of a grade item (docs.moodle.org, "Grade import").
The titles of the first columns are those of Moodle's own export, in English.
"""

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from courses.models import Course
from courses.pages.listed_students import students_of
from courses.pages.matrix import build_matrix
from courses.pages.matrix_filters import MatrixFilters
from courses.pages.matrix_values import Matrix, Row
from courses.pages.tables.columns import numbered_title
from courses.rules.points import PointsRule
from courses.rules.statuses import STATUS_BY_KEY, Status, possible_statuses
from kernel.exports.table import Cell, Table

PERSON_COLUMNS = ("First name", "Last name", "ID number", "Email address")
PREVIEWED = 10  # students


@dataclass(frozen=True)
class RuleLine:
    """A status in the preview: its points (None for an empty cell), and in how many cells it stands."""

    status: Status
    points: Decimal | None
    cells: int


class GradeBook:
    """The points of the students of a group ("" for all) by this rule, in a constant number of queries."""

    def __init__(self, course: Course, rule: PointsRule, now: datetime, *, group: str = "", feedback: bool) -> None:
        self._course, self._rule, self._feedback = course, rule, feedback
        self._matrix: Matrix = build_matrix(course, MatrixFilters(group=group), now, page_size=sys.maxsize)
        self._points = {key: rule.points_of(status) for key, status in STATUS_BY_KEY.items()}
        self._labels = {key: str(status.label) for key, status in STATUS_BY_KEY.items()}
        self._addresses: dict[int, str] = dict(students_of(course).values_list("pk", "person__email"))

    @property
    def students(self) -> int:
        return len(self._matrix.rows)

    @property
    def without_address(self) -> int:
        """How many students have no e-mail address."""
        return sum(not self._addresses.get(row.enrolment.pk) for row in self._matrix.rows)

    @property
    def tasks(self) -> list[str]:
        return [numbered_title(column.node) for column in self._matrix.columns]

    @property
    def lines(self) -> list[RuleLine]:
        """The points of each status that the course has, in the order of the list of statuses."""
        counts = Counter(key for row in self._matrix.rows for key in row.student.keys)
        statuses = possible_statuses(self._course)
        return [RuleLine(status, self._points[status.key], counts[status.key]) for status in statuses]

    @property
    def preview(self) -> list[tuple[str, list[tuple[Status, Decimal | None]]]]:
        """The names of the first students, with the status and the points of each task."""
        return [
            (row.name, [(STATUS_BY_KEY[key], self._points[key]) for key in row.student.keys])
            for row in self._matrix.rows[:PREVIEWED]
        ]

    def table(self) -> Table:
        columns = [*PERSON_COLUMNS]
        for task in self.tasks:
            columns += [task, f"{task} (Feedback)"] if self._feedback else [task]
        return Table("grades", self._course.course_id, _("Grade book"), columns, self._rows(), for_program=True)

    def _rows(self) -> Iterator[Sequence[Cell]]:
        for row in self._matrix.rows:
            yield [*self._person_cells(row), *self._task_cells(row)]

    def _person_cells(self, row: Row) -> list[Cell]:
        person = row.student.person
        return [person.first_name, person.last_name, person.username, self._addresses.get(row.enrolment.pk, "")]

    def _task_cells(self, row: Row) -> Iterator[Cell]:
        for key in row.student.keys:
            yield self._points[key]
            if self._feedback:
                yield self._labels[key]
