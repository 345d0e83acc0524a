"""The report of one task for the whole class: who has done it, when, and who is late.

It takes a constant number of queries and holds values only.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from courses.domain.answers import answers_of_class
from courses.models import Answer, Extension, Group, GroupDeadline, Task
from courses.pages.completion_curve import Curve, build_curve
from courses.pages.listed_students import groups_of, read_students
from courses.pages.matrix_filters import family_order
from courses.pages.task_summaries import Summary, class_summaries
from courses.pages.team_members import team_titles
from courses.pages.team_states import TeamState, states_of_task
from courses.rules.permissions import GroupLimit
from courses.rules.statuses import DONE, DONE_LATE, LATE, ON_TIME, STATUSES, Status
from courses.rules.tree import Node, outline

PAGE_SIZE = 100
LIST_LIMIT = 20  # students in the lists of late and overdue ones; a link leads to the rest


@dataclass(frozen=True)
class GroupRow:
    group: Group
    deadline: GroupDeadline | None


@dataclass
class Report:
    """`missing` are students who have not done the task and whose deadline has passed.

    `answers` has the answers of the same students as `rows`, for a task that asks for a text or a tick. `summary` has
    tuples (kind, number of students, per cent).
    """

    task: Task
    node: Node
    total: int
    counts: list[tuple[Status, int]]
    curve: Curve
    missing: list[Summary]
    late: list[Summary]
    rows: list[Summary]
    answers: list[tuple[Summary, Answer | None]]
    summary: list[tuple[str, int, str]]
    groups: list[GroupRow]
    teams: list[tuple[str, TeamState]]
    extensions: list[Extension]
    median_before: timedelta | None
    state: str
    pages: int
    page: int
    shown: int
    seen_at: datetime | None
    now: datetime

    @property
    def is_counted_twice(self) -> bool:
        """Whether a student is in two lines of the summary: done, and with a commit after the deadline, or none."""
        return sum(count for _kind, count, _width in self.summary) > self.total


def build_report(task: Task, now: datetime, *, limit: GroupLimit = None, state: str = "", page: int = 1) -> Report:
    """Return the report of a task, for the students of `limit`.

    `state`, the key of a status, filters only the list of all students.
    """
    course = task.course
    groups = list(groups_of(course, limit))
    deadlines = {row.group_id: row for row in GroupDeadline.objects.filter(task=task)}
    students = sorted(read_students(course, groups, limit), key=lambda student: family_order(student.person))
    everybody = class_summaries(task, students, now, limit)
    done_times = [work.done_at for work in everybody if work.done_at and work.finished]
    named_deadlines = [(task.deadline, "")] if task.deadline else []
    named_deadlines += [(row.deadline, str(group)) for group in groups if (row := deadlines.get(group.pk))]
    seconds_before_deadline = [
        (work.due.at - work.done_at).total_seconds()
        for work in everybody
        if work.finished and work.done_at and work.due.at
    ]
    filtered = [work for work in everybody if not state or work.status.key == state]
    pages = max(1, -(-len(filtered) // PAGE_SIZE))
    page = min(page, pages)
    first = (page - 1) * PAGE_SIZE
    rows = filtered[first : first + PAGE_SIZE]
    answers = answers_of_class(task, [work.enrolment.pk for work in rows])
    extensions = Extension.objects.filter(task=task).select_related("enrolment__person", "granted_by")
    if limit is not None:
        extensions = extensions.filter(enrolment__group__in=limit)
    counts = Counter(work.status.key for work in everybody)
    return Report(
        task=task,
        node=next(node for node in outline(list(course.tasks.without_statements())) if node.task.pk == task.pk),
        total=len(everybody),
        counts=[(status, counts[status.key]) for status in STATUSES if counts[status.key] or status in (DONE, LATE)],
        curve=build_curve(done_times, named_deadlines, len(everybody), now, course.timezone),
        missing=[work for work in everybody if not work.finished and work.due.at and work.due.at < now],
        late=[work for work in everybody if work.status in DONE_LATE],
        rows=rows,
        answers=[(work, answers.get(work.enrolment.pk)) for work in rows] if task.is_answered else [],
        summary=_summary(task, everybody),
        groups=[GroupRow(group, deadlines.get(group.pk)) for group in groups],
        teams=states_of_task(team_titles(course), {work.enrolment.pk: work.status.key for work in everybody}),
        extensions=list(extensions.order_by("deadline", "pk")),
        median_before=timedelta(seconds=median(seconds_before_deadline)) if seconds_before_deadline else None,
        state=state,
        pages=pages,
        page=page,
        shown=len(filtered),
        seen_at=max((seen_at for work in everybody if (seen_at := work.seen_at)), default=None),
        now=now,
    )


def _summary(task: Task, works: Sequence[Summary]) -> list[tuple[str, int, str]]:
    numbers = {
        "done_before": sum(work.status in ON_TIME for work in works),
        "done_after": sum(work.status in DONE_LATE for work in works),
    }
    numbers |= _by_commits(works) if not task.is_answered else {"missing": sum(not work.finished for work in works)}
    return [(key, count, f"{100 * count / (len(works) or 1):.1f}%") for key, count in numbers.items()]


def _by_commits(works: Sequence[Summary]) -> dict[str, int]:
    return {
        "before_only": sum(not work.finished and bool(work.last_before) and not work.last_after for work in works),
        "after": sum(work.last_after is not None for work in works),
        "none": sum(work.last is None for work in works),
    }
