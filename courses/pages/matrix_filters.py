"""The filters of the matrix, which its address holds, and how they choose and sort the students of a class. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.models import User
from courses.pages.class_statuses import StudentStatuses
from courses.pages.listed_students import PersonName
from kernel.text.folding import fold_for_search

SORTS = ("name", "push", "attention")
NEVER, WEEK = "never", "week"
PUSHES = (WEEK, NEVER)
LONG_WITHOUT_PUSH = timedelta(days=7)  # for the filter WEEK


@dataclass(frozen=True)
class MatrixFilters:
    """The filters, the order and the page. An empty filter leaves everybody."""

    group: str = ""
    name: str = ""
    state: str = ""
    push: str = ""
    sort: str = "name"
    page: int = 1


def family_order(person: User | PersonName) -> tuple[str, str, str]:
    """Return a sort key for a list of names: family name, then first name, without accents and case."""
    first_name, last_name = person.first_name, person.last_name
    return fold_for_search(last_name or first_name or person.username), fold_for_search(first_name), person.username


def never_pushed(student: StudentStatuses) -> bool:
    """Whether a student never pushed, for no known reason.

    A student whose repository fails is shown and filtered as failing instead.
    """
    return student.pushed is None and not student.failing


def filter_students(
    students: Sequence[StudentStatuses], filters: MatrixFilters, now: datetime, teams: Mapping[int, str]
) -> list[StudentStatuses]:
    """Return the students that the filters leave, sorted. Ignores the group.

    teams: the title of the team of each student, by the key of the enrolment. The filter by name finds it too.
    """
    if filters.name:
        part = fold_for_search(filters.name)
        students = [
            student
            for student in students
            if part in fold_for_search(f"{student.name} {student.username} {teams.get(student.pk, '')}")
        ]
    if filters.state:
        students = [student for student in students if filters.state in student.keys]
    if filters.push == NEVER:
        students = [student for student in students if never_pushed(student)]
    elif filters.push == WEEK:
        week_ago = (now - LONG_WITHOUT_PUSH).timestamp()
        students = [student for student in students if student.pushed is None or student.pushed <= week_ago]
    by_name = sorted(students, key=lambda student: (family_order(student.person), student.pk))
    if filters.sort == "attention":
        return sorted(by_name, key=lambda student: -student.attention)
    if filters.sort == "push":
        return sorted(by_name, key=lambda student: float("-inf") if student.pushed is None else student.pushed)
    return by_name
