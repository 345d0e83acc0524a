"""One task over the whole class: who is done, when, who is late, with what stands behind it. A constant number of
queries; values only.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median

from courses import git_module
from courses.curve import Curve, curve
from courses.deadlines import Deadlines, Due
from courses.models import Activity, Enrolment, Extension, Group, GroupDeadline, Progress, RepositoryClaim, Task
from courses.reasons import in_words
from courses.states import DONE, FAILING, FINISHED, LATE, STATES, State, state_of
from courses.tree import Node, outline
from gitsync.lateness import is_unproven

PAGE_SIZE = 100
FIRST = 20  # of those who are late; the rest is one link further


@dataclass(frozen=True)
class Work:
    """A student's work on the task. Commits are told apart by the deadline that counts for this student."""

    enrolment: Enrolment
    state: State
    due: Due
    last_before: datetime | None
    last_after: datetime | None
    done_at: datetime | None
    late_by: timedelta | None
    subject: str  # of the last commit
    failure: str
    unproven: bool  # on time by the commit's own date alone

    @property
    def name(self) -> str:
        return self.enrolment.person.display_name

    @property
    def finished(self) -> bool:
        return self.state in FINISHED

    @property
    def done_before(self) -> bool:
        return self.state is DONE

    @property
    def last(self) -> datetime | None:
        return self.last_after or self.last_before


@dataclass(frozen=True)
class GroupRow:
    group: Group
    deadline: GroupDeadline | None


@dataclass
class Report:
    task: Task
    node: Node
    total: int
    counts: list[tuple[State, int]]
    curve: Curve
    missing: list[Work]  # not done, their deadline behind them
    late: list[Work]
    rows: list[Work]
    summary: list[tuple[str, int, str]]  # (kind, how many, per cent)
    groups: list[GroupRow]
    extensions: list[Extension]
    median_before: timedelta | None
    state: str
    pages: int
    shown: int
    seen_at: datetime | None
    now: datetime


def report(task: Task, now: datetime, *, state: str = "", page: int = 1) -> Report:
    """`state` narrows the list of everybody to one state; the rest of the report is the whole class."""
    course = task.course
    groups = list(course.groups.order_by("group_id"))
    own = {row.group_id: row for row in GroupDeadline.objects.filter(task=task)}
    claims = {
        claim.enrolment_id: claim
        for claim in RepositoryClaim.objects.filter(enrolment__course=course, repo_path=task.repo_path)
    }
    everybody = _works(task, claims, now)
    done = [work.done_at for work in everybody if work.done_at]
    dated = [(task.deadline, "")] if task.deadline else []
    dated += [(row.deadline, str(group)) for group in groups if (row := own.get(group.pk))]
    ahead = [
        (work.due.at - work.done_at).total_seconds()
        for work in everybody
        if work.finished and work.done_at and work.due.at
    ]
    rows = [work for work in everybody if not state or work.state.key == state]
    pages = max(1, -(-len(rows) // PAGE_SIZE))
    first = (min(page, pages) - 1) * PAGE_SIZE
    granted = Extension.objects.filter(task=task).select_related("enrolment__person", "granted_by")
    counts = Counter(work.state.key for work in everybody)
    return Report(
        task=task,
        node=next(node for node in outline(list(course.tasks.all())) if node.task.pk == task.pk),
        total=len(everybody),
        counts=[(one, counts[one.key]) for one in STATES if counts[one.key] or one in (DONE, LATE)],
        curve=curve(done, dated, len(everybody), now, course.timezone),
        missing=[work for work in everybody if not work.finished and work.due.at and work.due.at < now],
        late=[work for work in everybody if work.state is LATE],
        rows=rows[first : first + PAGE_SIZE],
        summary=_summary(everybody),
        groups=[GroupRow(group, own.get(group.pk)) for group in groups],
        extensions=list(granted.order_by("deadline", "pk")),
        median_before=timedelta(seconds=median(ahead)) if ahead else None,
        state=state,
        pages=pages,
        shown=len(rows),
        seen_at=max((claim.seen_at for claim in claims.values() if claim.seen_at), default=None),
        now=now,
    )


def _works(task: Task, claims: dict[int, RepositoryClaim], now: datetime) -> list[Work]:
    students = task.course.enrolments.filter(role=Enrolment.Role.STUDENT).select_related("person", "group")
    enrolments = sorted(students, key=lambda one: (one.person.display_name.casefold(), one.pk))
    deadlines = Deadlines([task])
    progress = {row.enrolment_id: row for row in Progress.objects.filter(task=task)}
    looks = git_module.first_looks(task)
    touched: dict[int, list[tuple[int, str]]] = {}
    rows = Activity.objects.filter(enrolment__course=task.course_id, exercise_path_hash=task.path_hash)
    for pk, at, subject in rows.order_by("at", "pk").values_list("enrolment", "at", "subject"):
        touched.setdefault(pk, []).append((at, subject))
    found = []
    for enrolment in enrolments:
        row, claim = progress.get(enrolment.pk), claims.get(enrolment.pk)
        due = deadlines.effective_deadline(enrolment, task)
        state = state_of(task, row, due, claim, now)
        limit = due.at.timestamp() if due.at else None
        commits = touched.get(enrolment.pk, [])
        before = [at for at, _subject in commits if limit is None or at <= limit]
        after = [at for at, _subject in commits if limit is not None and at > limit]
        done_at = _moment(row.completed_time, now) if row and state in FINISHED else None
        look = looks.get(enrolment.person.username) if state is DONE and limit is not None else None
        found.append(
            Work(
                enrolment,
                state,
                due,
                _moment(before[-1] if before else None, now),
                _moment(after[-1] if after else None, now),
                done_at,
                done_at - due.at if state is LATE and done_at and due.at else None,
                commits[-1][1] if commits else "",
                in_words(claim.reason) if state is FAILING and claim else "",
                bool(look and limit and is_unproven(look.committer_time, look.seen_after, look.seen_by, int(limit))),
            )
        )
    return found


def _summary(works: Sequence[Work]) -> list[tuple[str, int, str]]:
    numbers = {
        "done_before": sum(work.state is DONE for work in works),
        "done_after": sum(work.state is LATE for work in works),
        "before_only": sum(not work.finished and bool(work.last_before) and not work.last_after for work in works),
        "after": sum(work.last_after is not None for work in works),
        "none": sum(work.last is None for work in works),
    }
    return [(key, count, f"{100 * count / (len(works) or 1):.1f}%") for key, count in numbers.items()]


def _moment(epoch: int | None, now: datetime) -> datetime | None:
    """An epoch second as a time; one after now (a clock ahead) is now."""
    return None if epoch is None else datetime.fromtimestamp(min(epoch, int(now.timestamp())), UTC)
