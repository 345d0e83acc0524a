"""The report of a task that asks for a repository: the state of each student's. A constant number of queries."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from courses.git import repository_confirmation
from courses.models import StudentRepository, Task
from courses.pages.expected_repository import ExpectedRepository
from courses.pages.listed_students import students_of
from courses.pages.matrix_filters import family_order
from courses.pages.task_report import PAGE_SIZE
from courses.rules.permissions import GroupLimit
from courses.rules.statuses import CLONED, FAILING, NO_REPOSITORY, UNCONFIRMED, WAITING, Status
from courses.rules.tree import Node, RepositoryPlace, outline

STATES = [CLONED, FAILING, WAITING, UNCONFIRMED, NO_REPOSITORY]


@dataclass
class RepositoryReport:
    """`counts` are of the whole class, `rows` are one page of the students in `state` ("" for everybody).

    `seen_at` is when a repository of the class was last read.
    """

    node: Node
    total: int
    counts: list[tuple[Status, int]]
    rows: list[ExpectedRepository]
    state: str
    pages: int
    page: int
    seen_at: datetime | None


def build_repository_report(
    task: Task, *, limit: GroupLimit = None, state: str = "", page: int = 1
) -> RepositoryReport:
    """Return the report of a task that asks for a repository, for the students of `limit`.

    `state`, the key of a status, filters only the list.
    """
    course = task.course
    students = students_of(course, limit).select_related("person", "group")
    given = {
        row.enrolment_id: row for row in StudentRepository.objects.filter(enrolment__course=course, repo_path=task.path)
    }
    waiting = {
        row.student_id for row in repository_confirmation.waiting_registrations(course) if row.repo_path == task.path
    }
    place = RepositoryPlace(task.path, task.title)
    everybody = [
        ExpectedRepository(place, student, given.get(student.pk), student.person.username in waiting)
        for student in sorted(students, key=lambda student: family_order(student.person))
    ]
    counts = Counter(repository.status.key for repository in everybody)
    filtered = [repository for repository in everybody if not state or repository.status.key == state]
    pages = max(1, -(-len(filtered) // PAGE_SIZE))
    page = min(page, pages)
    times = (row.student_repository.seen_at for row in everybody if row.student_repository)
    return RepositoryReport(
        node=next(node for node in outline(list(course.tasks.without_statements())) if node.task.pk == task.pk),
        total=len(everybody),
        counts=[(status, counts[status.key]) for status in STATES if counts[status.key] or status is CLONED],
        rows=filtered[(page - 1) * PAGE_SIZE : page * PAGE_SIZE],
        state=state,
        pages=pages,
        page=page,
        seen_at=max((at for at in times if at), default=None),
    )
