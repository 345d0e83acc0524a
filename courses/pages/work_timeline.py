"""One student's work over time: a lane for each task and each repository, and a heat map of days.

It takes a constant number of queries, reads a limited number of rows, and only rows of this student. x is in per cent
and is text, so that no language writes a decimal comma into it.
"""

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from courses.git import git_module
from courses.models import Activity, Enrolment
from courses.pages import heat_map
from courses.pages.completion_marks import MARK_COLUMNS, MarkedCommit
from courses.pages.expected_repository import ExpectedRepository
from courses.pages.student_overview import StudentOverview, StudentTask
from kernel.database.text_hash import text_hash
from kernel.epoch import from_epoch, to_epoch

MAX_ROWS = 5000  # only the latest are drawn
MAX_WEEKS = 26
DAY, WEEK = timedelta(days=1), timedelta(weeks=1)


@dataclass(frozen=True)
class Dot:
    """The pushes to one lane on one day. Pushes before and after the deadline have a dot each."""

    x: str
    radius: str
    day: date
    commits: int
    lines: int
    late: bool


@dataclass
class Lane:
    """The lane of a task, or of a repository with its commits outside all tasks.

    `rewrites` are tuples (x, time) of the times when the history of the repository was rewritten.
    """

    student_task: StudentTask | None = None
    repository: ExpectedRepository | None = None
    dots: list[Dot] = field(default_factory=list)
    due_x: str = ""
    extended_x: str = ""
    rewrites: list[tuple[str, datetime]] = field(default_factory=list)
    commits: int = 0

    @property
    def effort(self) -> int:
        return self.student_task.effort if self.student_task else 0


@dataclass(frozen=True)
class Week:
    x: str
    number: int | None
    day: date
    current: bool
    named: bool
    on_phone: bool


@dataclass
class Timeline:
    """`weekdays` and `months` are the labels of the heat map. `cut`: only the latest MAX_ROWS rows are drawn.

    `commits` has the commits of each task, by the hash of its path.
    """

    lanes: list[Lane]
    repositories: list[Lane]
    weeks: list[Week]
    now_x: str
    heat: list[heat_map.HeatDay]
    months: list[tuple[int, date]]
    heat_width: int
    weekdays: list[tuple[int, date]]
    active_days: int
    last_push: datetime | None
    cut: bool
    commits: Mapping[str, Sequence[MarkedCommit]]

    @property
    def rewritten(self) -> int:
        return sum(len(lane.rewrites) for lane in self.repositories)

    @property
    def efforts(self) -> list[tuple[Lane, str]]:
        """The lanes with work, each with its effort in per cent of the largest effort."""
        top = max((lane.effort for lane in self.lanes), default=0) or 1
        return [(lane, f"{100 * lane.effort / top:.1f}%") for lane in self.lanes if lane.effort or lane.commits]


@dataclass(frozen=True, slots=True)
class _Row:
    """One commit's work on one task; `path_hash` is that of "/" for work outside all tasks. The rest is of Activity."""

    path_hash: str
    repo_path_hash: str
    commit_id: str
    at: datetime
    effort: int
    completes: bool
    outside_folder: bool
    reverts: str

    @property
    def at_epoch(self) -> int:
        return to_epoch(self.at)


def build_timeline(overview: StudentOverview, now: datetime) -> Timeline:
    enrolment = overview.enrolment
    zone = enrolment.course.timezone
    rows = _rows(enrolment, now)
    start, end = _window(overview, rows, now)
    first = datetime.combine(start, time(), zone)
    span = (datetime.combine(end, time(), zone) - first).total_seconds()

    def along(at: datetime) -> float:
        return 100 * (at - first).total_seconds() / span

    by_lane: dict[str, list[_Row]] = {}
    for row in rows:
        by_lane.setdefault(row.path_hash, []).append(row)
    lanes = [_lane(task, by_lane.get(task.node.task.path_hash, []), along) for task in overview.work]
    outside = by_lane.get(text_hash("/"), [])
    rewrites = git_module.rewrites(enrolment)
    repositories = []
    for repository in overview.repositories:
        path = repository.place.repo_path
        path_hash = text_hash(path)
        own_rows = [row for row in outside if row.repo_path_hash == path_hash]
        lane = Lane(repository=repository, dots=_dots(own_rows, None, along))
        times = [from_epoch(rewrite.at) for rewrite in rewrites if rewrite.repo_path == path]
        lane.rewrites = [(_x(along(at)), at) for at in sorted(times) if 0 <= along(at) <= 100]
        repositories.append(lane)
    lines_by_day = Counter[date]()
    for row in rows:
        lines_by_day[row.at.astimezone(zone).date()] += row.effort
    today = now.astimezone(zone).date()
    weeks = _weeks(enrolment, start, end, today)
    return Timeline(
        lanes=lanes,
        repositories=repositories,
        weeks=weeks,
        now_x=_x(along(now)),
        heat=heat_map.heat_days(lines_by_day, start, end, today),
        months=heat_map.month_labels([week.day for week in weeks]),
        heat_width=heat_map.width(len(weeks)),
        weekdays=heat_map.weekday_labels(start),
        active_days=sum(start <= day <= today for day in lines_by_day),
        last_push=max((row.at for row in rows), default=None),
        cut=len(rows) == MAX_ROWS,
        commits=by_lane,
    )


def _rows(enrolment: Enrolment, now: datetime) -> list[_Row]:
    latest = Activity.objects.filter(enrolment=enrolment).order_by("-at", "-pk")
    columns = ("exercise_path_hash", "repo_path_hash", "commit_id", "at", "effort", *MARK_COLUMNS)
    limit, zone = to_epoch(now), enrolment.course.timezone
    return [
        _Row(path_hash, repo_path_hash, commit_id, from_epoch(min(at, limit), zone), effort, *marks)
        for path_hash, repo_path_hash, commit_id, at, effort, *marks in latest.values_list(*columns)[:MAX_ROWS]
    ]


def _window(overview: StudentOverview, rows: Sequence[_Row], now: datetime) -> tuple[date, date]:
    """Return the first Monday shown and the Monday after the last day.

    They hold the semester, or the work and the deadlines where its days are not set. At most MAX_WEEKS, at least 4.
    """
    semester, zone = overview.enrolment.course.semester, overview.enrolment.course.timezone
    today = now.astimezone(zone).date()
    due = [task.due.at.astimezone(zone).date() for task in overview.work if task.due.at]
    worked = [row.at.astimezone(zone).date() for row in rows]
    start = semester.starts_on or min([*worked, *(day - WEEK for day in due), today - 4 * WEEK])
    end = semester.ends_on or max([*due, today])
    start, end = _monday(start), _monday(max(end, min(today, end + 4 * WEEK)) + WEEK)
    if end - start > MAX_WEEKS * WEEK:
        end = min(end, _monday(max(today, start) + MAX_WEEKS // 2 * WEEK))
        start = max(start, end - MAX_WEEKS * WEEK)
    return start, max(end, start + 4 * WEEK)


def _lane(task: StudentTask, rows: Sequence[_Row], along: Callable[[datetime], float]) -> Lane:
    lane = Lane(student_task=task, dots=_dots(rows, task.due.at, along), commits=len({row.commit_id for row in rows}))
    base = task.due.before_extension or task.due.at
    if base and 0 <= along(base) <= 100:
        lane.due_x = _x(along(base))
    if task.due.extended and task.due.at and 0 <= along(task.due.at) <= 100:
        lane.extended_x = _x(along(task.due.at))
    return lane


def _dots(rows: Sequence[_Row], due: datetime | None, along: Callable[[datetime], float]) -> list[Dot]:
    days: dict[tuple[date, bool], list[_Row]] = {}
    for row in rows:
        if 0 <= along(row.at) <= 100:
            days.setdefault((row.at.date(), due is not None and row.at > due), []).append(row)
    dots = []
    for (day, late), day_rows in sorted(days.items()):
        lines = sum(row.effort for row in day_rows)
        radius = f"{min(9.0, 2.5 + math.sqrt(lines) / 2):.1f}"
        commits = len({row.commit_id for row in day_rows})
        dots.append(Dot(_x(along(day_rows[0].at)), radius, day, commits, lines, late))
    return dots


def _weeks(enrolment: Enrolment, start: date, end: date, today: date) -> list[Week]:
    count = (end - start) // WEEK
    step = -(-count // 14)
    weeks = []
    for index in range(count):
        day = start + WEEK * index
        current = day <= today < day + WEEK
        x = f"{100 * index / count:.2f}%"
        number = enrolment.course.semester.week(day + 6 * DAY if index == 0 else day)
        weeks.append(Week(x, number, day, current, index % step == 0, index % (4 * step) == 0))
    return weeks


def _monday(day: date) -> date:
    return day - DAY * day.weekday()


def _x(per_cent: float) -> str:
    return f"{per_cent:.2f}%"
