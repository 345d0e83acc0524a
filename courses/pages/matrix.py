"""The matrix of a course, students by tasks, in a constant number of queries. It holds values only, no database rows.

`class_statuses` computes the whole class from few values. The rest is read only for the students of the page.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from operator import itemgetter
from zoneinfo import ZoneInfo

from django.db.models import Case, Count, IntegerField, QuerySet, When

from courses.git import repository_confirmation
from courses.models import Activity, Course, Group, Progress
from courses.pages.class_rows import last_seen, rows_of_class
from courses.pages.class_statuses import StudentStatuses, TaskStatuses, compute_statuses
from courses.pages.epoch_times import time_of_epoch
from courses.pages.listed_students import ListedStudent, groups_of
from courses.pages.live_class import LiveClass
from courses.pages.matrix_filters import MatrixFilters, filter_students, never_pushed
from courses.pages.matrix_values import ChangedMatrix, Column, Matrix, Row, build_columns
from courses.pages.team_members import team_titles
from courses.rules.deadlines import Deadlines
from courses.rules.permissions import GroupLimit, sees_group
from courses.rules.statuses import OVERDUE, REMOVED, UNPROVEN, UNPROVEN_LATE, Status
from courses.rules.tree import Node, outline, repository_places, work_nodes
from kernel.database.compiled import CompiledQuery, padded
from kernel.epoch import to_epoch

SPARK_DAYS = 14
PAGE_SIZE = 100
COUNTED_IN_PYTHON = 3  # students at most
COMMITS = CompiledQuery(lambda since, *keys: _commits(since, keys).values_list("enrolment", "commit_id", "at"))
MAX_AGE = timedelta(minutes=15)  # an older page fetches everything: all rows say how long ago the last push was


def build_matrix(
    course: Course,
    filters: MatrixFilters,
    now: datetime,
    *,
    limit: GroupLimit = None,
    efforts: bool = False,
    page_size: int = PAGE_SIZE,
) -> Matrix:
    """Return one page of the matrix. Its heads count the whole group. `efforts` reads the efforts of its cells too.

    It shows and counts the students of `limit` only.
    """
    tasks = list(course.tasks.without_statements())
    outline_nodes = outline(tasks)
    nodes = work_nodes(outline_nodes)
    groups = list(groups_of(course, limit))
    group_of = {group.pk: group for group in groups}
    class_rows = rows_of_class(course, limit)
    task_statuses = TaskStatuses(nodes, Deadlines(tasks))
    students = compute_statuses(class_rows, task_statuses, now, unproven_is_late=course.unproven_is_late)
    total, keys = len(students), {student.pk for student in students}
    if filters.group:
        group_ids = {group.pk for group in groups if group.group_id == filters.group}
        students = [student for student in students if student.group_id in group_ids]
    teams = team_titles(course)
    filtered = filter_students(students, filters, now, teams)
    pages = max(1, -(-len(filtered) // page_size))
    first = (min(filters.page, pages) - 1) * page_size
    page = [(student, _listed(student, group_of, teams)) for student in filtered[first : first + page_size]]
    matrix = Matrix(
        course=course,
        columns=_counted(build_columns(nodes), range(len(nodes)), students, now),
        rows=_rows(course, nodes, page, now, efforts=efforts),
        groups=groups,
        filters=filters,
        students=total,
        shown=len(filtered),
        pages=pages,
        now=now,
        seen_at=last_seen(class_rows.repositories, keys),
        has_tasks=bool(nodes),
    )
    _set_attention(matrix, students, limit, has_repositories=bool(repository_places(outline_nodes)))
    return matrix


def build_changed_rows(
    course: Course,
    current: LiveClass,
    filters: MatrixFilters,
    enrolment_ids: Collection[int],
    drawn_at: datetime,
    now: datetime,
    *,
    limit: GroupLimit = None,
) -> ChangedMatrix | None:
    """Return the rows of these students, and which of the counts around them changed since the page was drawn.

    It shows and counts the students of `limit` only.

    Returns None when the page must fetch everything: after a while, after a deadline, and when a change may move
    students to other places or pages.
    """
    may_move = filters.state or filters.push or filters.sort != "name"
    if may_move or not now - MAX_AGE < drawn_at <= now:
        return None
    if drawn_at.timestamp() <= current.last_deadline:
        return None
    everybody, changes = current.within(limit), current.changes_since(drawn_at)
    students = current.of_group(filters.group, everybody)
    heads = _counted(current.columns, changes.columns, students, now)
    chosen = [student for student in everybody if student.pk in enrolment_ids]
    group_of = {group.pk: group for group in current.groups}
    teams = team_titles(course)
    page = [(student, _listed(student, group_of, teams)) for student in chosen]
    matrix = Matrix(
        course=course,
        columns=current.columns,
        rows=_rows(course, current.nodes, page, now, efforts=False),
        groups=[group for group in current.groups if sees_group(limit, group.pk)],
        filters=filters,
        students=len(everybody),
        shown=len(students),
        pages=1,
        now=now,
        seen_at=current.seen_at({student.pk for student in everybody}),
        has_tasks=bool(current.nodes),
    )
    if changes.attention:
        _set_attention(matrix, students, limit, has_repositories=current.has_repositories)
    return ChangedMatrix(matrix, heads, attention=changes.attention)


def _set_attention(
    matrix: Matrix, students: Sequence[StudentStatuses], limit: GroupLimit, *, has_repositories: bool
) -> None:
    """Fill the names of the students who need attention. Only people who see the whole class confirm repositories."""
    matrix.failing = [(student.name, since) for student in students for since in student.failing]
    matrix.never_pushed = [student.name for student in students if never_pushed(student)] if has_repositories else []
    matrix.overdue = _names_with(students, OVERDUE)
    matrix.removed = _names_with(students, REMOVED)
    matrix.unproven = _names_with(students, UNPROVEN, UNPROVEN_LATE)
    if limit is None:
        matrix.unconfirmed = repository_confirmation.count_waiting([matrix.course])[matrix.course.pk]


def _counted(
    columns: Sequence[Column], positions: Iterable[int], students: Sequence[StudentStatuses], now: datetime
) -> list[Column]:
    """Return the heads at these positions with the counts of these students.

    The first task whose deadline is ahead is current; the matrix opens at the task before it.
    """
    deadlines = (column.node.task.deadline for column in columns)
    ahead = next((index for index, deadline in enumerate(deadlines) if deadline and deadline >= now), None)
    start = None if ahead is None else max(0, ahead - 1)
    keys = [student.keys for student in students]
    return [
        replace(
            columns[position],
            current=position == ahead,
            start_here=position == start,
            counts=Counter(map(itemgetter(position), keys)),
            total=len(students),
        )
        for position in positions
    ]


def _listed(student: StudentStatuses, group_of: dict[int, Group], teams: dict[int, str]) -> ListedStudent:
    return ListedStudent(student.pk, student.person, group_of.get(student.group_id or 0), teams.get(student.pk, ""))


def _names_with(students: Sequence[StudentStatuses], *statuses: Status) -> list[str]:
    """Return the names of the students who have a task in one of these statuses."""
    keys = {status.key for status in statuses}
    return [student.name for student in students if not keys.isdisjoint(student.attention_keys)]


def _rows(
    course: Course,
    nodes: Sequence[Node],
    page: Sequence[tuple[StudentStatuses, ListedStudent]],
    now: datetime,
    *,
    efforts: bool,
) -> list[Row]:
    keys = [student.pk for student, _enrolment in page]
    sparks = _sparks(course, keys, now)
    efforts_of: dict[int, dict[int, int]] = {}
    if efforts:
        rows = Progress.objects.filter(enrolment__in=keys)
        for pk, task_id, effort in rows.values_list("enrolment", "task", "effort"):
            efforts_of.setdefault(pk, {})[task_id] = effort
    return [
        Row(
            enrolment,
            student,
            nodes,
            time_of_epoch(student.pushed, now),
            sparks.get(student.pk, [0] * SPARK_DAYS),
            efforts_of.get(student.pk, {}),
        )
        for student, enrolment in page
    ]


def _sparks(course: Course, keys: Collection[int], now: datetime) -> dict[int, list[int]]:
    """Count the commits of each of the last fourteen days, by enrolment. Today comes last.

    Commits that a clock ahead dates later count as today. The database counts between the bounds of the days in the
    course's time zone, since a day with a clock change does not last 24 hours.
    """
    starts = _day_starts(now.astimezone(course.timezone).date(), course.timezone)
    sparks: dict[int, list[int]] = {}
    if not keys:
        return sparks
    if len(keys) <= COUNTED_IN_PYTHON:  # for a few students, the statement below takes longer
        read = COMMITS.rows(starts[-1], *padded(keys))
        daily = {(pk, commit, next(ago for ago, start in enumerate(starts) if at >= start)) for pk, commit, at in read}
        for pk, _commit, ago in daily:
            sparks.setdefault(pk, [0] * SPARK_DAYS)[SPARK_DAYS - 1 - ago] += 1
        return sparks
    day = Case(*(When(at__gte=start, then=ago) for ago, start in enumerate(starts)), output_field=IntegerField())
    rows = _commits(starts[-1], keys).annotate(ago=day)
    for pk, ago, count in rows.values_list("enrolment", "ago").annotate(Count("commit_id", distinct=True)):
        sparks.setdefault(pk, [0] * SPARK_DAYS)[SPARK_DAYS - 1 - ago] = count
    return sparks


@lru_cache(64)
def _day_starts(today: date, zone: ZoneInfo) -> list[int]:
    """Return when each of the last days begins, in epoch seconds: the newest first, so the first bound holds."""
    days = [today - timedelta(days=ago) for ago in range(SPARK_DAYS)]
    return [to_epoch(datetime.combine(day, time.min, zone)) for day in days]


def _commits(since: int, keys: Collection[int]) -> "QuerySet[Activity]":
    return Activity.objects.filter(enrolment__in=keys, at__gte=since).order_by()
