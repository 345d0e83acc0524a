"""One student's work against time: a lane per task with its deadline, a lane per repository, a heat map of days, the
list of commits. A constant number of queries over a bounded number of rows; only this student's own.

x is in per cent and comes as text, for no language's comma may enter it.
"""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from courses.git import git_module
from courses.models import Activity, Enrolment
from courses.pages.student_overview import Desk, Item, Repository
from kernel.database.text_hash import text_hash
from kernel.epoch import from_epoch, to_epoch

ROWS = 5000  # the latest that are drawn
WEEKS = 26  # the widest span
DAY, WEEK = timedelta(days=1), timedelta(weeks=1)
CELL = 19  # of the heat map, in pixels; its names of days take LEFT
LEFT = 34


@dataclass(frozen=True)
class Dot:
    """What was pushed to one lane on one day, before or after the deadline."""

    x: str
    radius: str
    day: date
    commits: int
    lines: int
    late: bool


@dataclass
class Lane:
    item: Item | None = None
    repository: Repository | None = None
    dots: list[Dot] = field(default_factory=list)
    due_x: str = ""
    extended_x: str = ""
    rewrites: list[tuple[str, datetime]] = field(default_factory=list)
    commits: int = 0

    @property
    def share(self) -> int:
        return self.item.effort if self.item else 0


@dataclass(frozen=True)
class Week:
    x: str
    number: int | None
    day: date
    current: bool
    named: bool
    on_phone: bool


@dataclass(frozen=True)
class HeatDay:
    x: int
    y: int
    css: str
    day: date
    lines: int


@dataclass
class Timeline:
    lanes: list[Lane]
    repositories: list[Lane]
    weeks: list[Week]
    now_x: str
    heat: list[HeatDay]
    months: list[tuple[int, date]]
    heat_width: int
    weekdays: list[tuple[int, date]]
    active_days: int
    last_push: datetime | None
    cut: bool

    @property
    def rewritten(self) -> int:
        return sum(len(lane.rewrites) for lane in self.repositories)

    @property
    def efforts(self) -> list[tuple[Lane, str]]:
        """The lanes that were worked on, with their share of the largest in per cent."""
        top = max((lane.share for lane in self.lanes), default=0) or 1
        return [(lane, f"{100 * lane.share / top:.1f}%") for lane in self.lanes if lane.share or lane.commits]


@dataclass(frozen=True, slots=True)
class _Row:
    path_hash: str
    place: str
    commit_id: str
    at: datetime
    effort: int


def timeline(desk: Desk, now: datetime) -> Timeline:
    enrolment = desk.enrolment
    zone = enrolment.course.timezone
    rows = _rows(enrolment, now)
    start, end = _window(desk, rows, now)
    first = datetime.combine(start, time(), zone)
    span = (datetime.combine(end, time(), zone) - first).total_seconds()

    def along(at: datetime) -> float:
        return 100 * (at - first).total_seconds() / span

    by_lane: dict[str, list[_Row]] = {}
    for row in rows:
        by_lane.setdefault(row.path_hash, []).append(row)
    lanes = [_lane(item, by_lane.get(item.node.task.path_hash, []), along) for item in desk.work]
    outside = by_lane.get(text_hash("/"), [])
    rewrites = git_module.rewrites(enrolment)
    repositories = []
    for repository in desk.repositories:
        place = text_hash(repository.place.repo_path)
        lane = Lane(repository=repository, dots=_dots([row for row in outside if row.place == place], None, along))
        times = [from_epoch(one.at) for one in rewrites if one.repo_path == repository.place.repo_path]
        lane.rewrites = [(_x(along(at)), at) for at in sorted(times) if 0 <= along(at) <= 100]
        repositories.append(lane)
    days = Counter[date]()
    for row in rows:
        days[row.at.astimezone(zone).date()] += row.effort
    today = now.astimezone(zone).date()
    weeks = _weeks(enrolment, start, end, today)
    return Timeline(
        lanes=lanes,
        repositories=repositories,
        weeks=weeks,
        now_x=_x(along(now)),
        heat=_heat(days, start, end, today),
        months=_months(weeks),
        heat_width=LEFT + CELL * len(weeks),
        weekdays=[(32 + CELL * index, start + DAY * index) for index in (0, 2, 4, 6)],
        active_days=sum(start <= day <= today for day in days),
        last_push=max((row.at for row in rows), default=None),
        cut=len(rows) == ROWS,
    )


def _rows(enrolment: Enrolment, now: datetime) -> list[_Row]:
    latest = Activity.objects.filter(enrolment=enrolment).order_by("-at", "-pk")
    values = latest.values_list("exercise_path_hash", "repo_path_hash", "commit_id", "at", "effort")[:ROWS]
    limit, zone = to_epoch(now), enrolment.course.timezone
    return [
        _Row(path, place, commit, from_epoch(min(at, limit), zone), effort)
        for path, place, commit, at, effort in values
    ]


def _window(desk: Desk, rows: Sequence[_Row], now: datetime) -> tuple[date, date]:
    """The first Monday shown, and the Monday after the last: the semester where its days are known, else the work."""
    semester, zone = desk.enrolment.course.semester, desk.enrolment.course.timezone
    today = now.astimezone(zone).date()
    due = [item.due.at.astimezone(zone).date() for item in desk.work if item.due.at]
    worked = [row.at.astimezone(zone).date() for row in rows]
    start = semester.starts_on or min([*worked, *(day - WEEK for day in due), today - 4 * WEEK])
    end = semester.ends_on or max([*due, today])
    start, end = _monday(start), _monday(max(end, min(today, end + 4 * WEEK)) + WEEK)
    if end - start > WEEKS * WEEK:
        end = min(end, _monday(max(today, start) + WEEKS // 2 * WEEK))
        start = max(start, end - WEEKS * WEEK)
    return start, max(end, start + 4 * WEEK)


def _lane(item: Item, rows: Sequence[_Row], along: Callable[[datetime], float]) -> Lane:
    lane = Lane(item=item, dots=_dots(rows, item.due.at, along), commits=len({row.commit_id for row in rows}))
    base = item.due.before_extension or item.due.at
    if base and 0 <= along(base) <= 100:
        lane.due_x = _x(along(base))
    if item.due.extended and item.due.at and 0 <= along(item.due.at) <= 100:
        lane.extended_x = _x(along(item.due.at))
    return lane


def _dots(rows: Sequence[_Row], due: datetime | None, along: Callable[[datetime], float]) -> list[Dot]:
    days: dict[tuple[date, bool], list[_Row]] = {}
    for row in rows:
        if 0 <= along(row.at) <= 100:
            days.setdefault((row.at.date(), due is not None and row.at > due), []).append(row)
    dots = []
    for (day, late), found in sorted(days.items()):
        lines = sum(row.effort for row in found)
        radius = f"{min(9.0, 2.5 + math.sqrt(lines) / 2):.1f}"
        dots.append(Dot(_x(along(found[0].at)), radius, day, len({row.commit_id for row in found}), lines, late))
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


def _heat(days: Counter[date], start: date, end: date, today: date) -> list[HeatDay]:
    top = max((days[day] for day in days if start <= day < end), default=0)
    found = []
    for index in range((end - start).days):
        day = start + DAY * index
        lines = days[day]
        level = 1 + min(3, 4 * lines // (top + 1)) if day in days else 0
        css = "hn" if day > today else f"h{level}"
        found.append(HeatDay(LEFT + CELL * (index // 7), 20 + CELL * (index % 7), css, day, lines))
    return found


def _months(weeks: Sequence[Week]) -> list[tuple[int, date]]:
    """Where a month begins; the first week says its own where there is room before the next."""
    begun = [index for index, week in enumerate(weeks) if week.day.day <= 7]
    if not begun or begun[0] > 1:
        begun.insert(0, 0)
    return [(LEFT + CELL * index, weeks[index].day) for index in begun]


def _monday(day: date) -> date:
    return day - DAY * day.weekday()


def _x(per_cent: float) -> str:
    return f"{per_cent:.2f}%"
