"""One task over the whole class: who is done, when, who is late, with what stands behind it. A constant number of
queries; values only.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from courses.domain.answers import answers_of_class
from courses.models import Answer, Enrolment, Extension, Group, GroupDeadline, Task
from courses.pages.completion_curve import Curve, curve
from courses.pages.matrix_filters import family_order
from courses.pages.task_summaries import Summary, summaries
from courses.rules.statuses import DONE, LATE, STATUSES, Status
from courses.rules.tree import Node, outline

PAGE_SIZE = 100
FIRST = 20  # of those who are late; the rest is one link further


@dataclass(frozen=True)
class GroupRow:
    group: Group
    deadline: GroupDeadline | None


@dataclass
class Report:
    task: Task
    node: Node
    total: int
    counts: list[tuple[Status, int]]
    curve: Curve
    missing: list[Summary]  # not done, their deadline behind them
    late: list[Summary]
    rows: list[Summary]
    answers: list[tuple[Summary, Answer | None]]  # of the same rows, where the task asks for a text or a tick
    summary: list[tuple[str, int, str]]  # (kind, how many, per cent)
    groups: list[GroupRow]
    extensions: list[Extension]
    median_before: timedelta | None
    state: str
    pages: int
    page: int
    shown: int
    seen_at: datetime | None
    now: datetime


def report(task: Task, now: datetime, *, state: str = "", page: int = 1) -> Report:
    """`state` narrows the list of everybody to one state; the rest of the report is the whole class."""
    course = task.course
    groups = list(course.groups.order_by("group_id"))
    own = {row.group_id: row for row in GroupDeadline.objects.filter(task=task)}
    students = course.enrolments.filter(role=Enrolment.Role.STUDENT).select_related("person", "group")
    by_name = sorted(students, key=lambda one: family_order(one.person))
    everybody = summaries(task, by_name, now)
    done = [work.done_at for work in everybody if work.done_at]
    dated = [(task.deadline, "")] if task.deadline else []
    dated += [(row.deadline, str(group)) for group in groups if (row := own.get(group.pk))]
    ahead = [
        (work.due.at - work.done_at).total_seconds()
        for work in everybody
        if work.finished and work.done_at and work.due.at
    ]
    shown = [work for work in everybody if not state or work.state.key == state]
    pages = max(1, -(-len(shown) // PAGE_SIZE))
    page = min(page, pages)
    first = (page - 1) * PAGE_SIZE
    rows = shown[first : first + PAGE_SIZE]
    given = answers_of_class(task, [work.enrolment for work in rows])
    granted = Extension.objects.filter(task=task).select_related("enrolment__person", "granted_by")
    counts = Counter(work.state.key for work in everybody)
    return Report(
        task=task,
        node=next(node for node in outline(list(course.tasks.without_statements())) if node.task.pk == task.pk),
        total=len(everybody),
        counts=[(one, counts[one.key]) for one in STATUSES if counts[one.key] or one in (DONE, LATE)],
        curve=curve(done, dated, len(everybody), now, course.timezone),
        missing=[work for work in everybody if not work.finished and work.due.at and work.due.at < now],
        late=[work for work in everybody if work.state is LATE],
        rows=rows,
        answers=[(work, given.get(work.enrolment.pk)) for work in rows] if task.is_answered else [],
        summary=_summary(task, everybody),
        groups=[GroupRow(group, own.get(group.pk)) for group in groups],
        extensions=list(granted.order_by("deadline", "pk")),
        median_before=timedelta(seconds=median(ahead)) if ahead else None,
        state=state,
        pages=pages,
        page=page,
        shown=len(shown),
        seen_at=max(
            (
                work.student_repository.seen_at
                for work in everybody
                if work.student_repository and work.student_repository.seen_at
            ),
            default=None,
        ),
        now=now,
    )


def _summary(task: Task, works: Sequence[Summary]) -> list[tuple[str, int, str]]:
    numbers = {
        "done_before": sum(work.state is DONE for work in works),
        "done_after": sum(work.state is LATE for work in works),
    }
    numbers |= _by_commits(works) if not task.is_answered else {"missing": sum(not work.finished for work in works)}
    return [(key, count, f"{100 * count / (len(works) or 1):.1f}%") for key, count in numbers.items()]


def _by_commits(works: Sequence[Summary]) -> dict[str, int]:
    return {
        "before_only": sum(not work.finished and bool(work.last_before) and not work.last_after for work in works),
        "after": sum(work.last_after is not None for work in works),
        "none": sum(work.last is None for work in works),
    }
