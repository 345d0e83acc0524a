"""Reads the rows from which the statuses of a class, or of some students, are computed."""

from collections.abc import Collection, Container, Iterable
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Case, F, OuterRef, QuerySet, Subquery, When

from courses.models import Activity, Course, Enrolment, Progress, StudentRepository
from courses.pages.listed_students import PersonName, students_of
from courses.rules.permissions import GroupLimit
from kernel.database.compiled import CompiledQuery, padded

STUDENT_COLUMNS = ("pk", "group", *(f"person__{field}" for field in PersonName._fields))
PROGRESS_COLUMNS = ("enrolment", "task", "state", "completed_time", "proven_time")  # from an index alone
BEGUN = (Progress.State.STARTED.value, Progress.State.DONE.value, Progress.State.REMOVED.value)


class RepositoryFacts(NamedTuple):
    """A student's repository. `since` is the time since when it fails, None for one that does not."""

    enrolment_id: int
    repo_path: str
    state: str
    since: datetime | None
    seen_at: datetime | None


class ClassRows(NamedTuple):
    """The rows of some students, from which their statuses are computed.

    `students` have STUDENT_COLUMNS and the epoch second of the last commit; `progress` has PROGRESS_COLUMNS.
    """

    repositories: list[RepositoryFacts]
    students: Iterable[tuple[Any, ...]]
    progress: Iterable[tuple[Any, ...]]


def last_push_epoch() -> Subquery:
    """Return a subquery for the epoch second of an enrolment's last commit.

    It reads one entry of an index, where MAX would read all commits.
    """
    return Subquery(Activity.objects.filter(enrolment=OuterRef("pk")).order_by("-at").values("at")[:1])


def _repositories(course: Course | int) -> "QuerySet[StudentRepository, Any]":
    since = Case(When(state=StudentRepository.State.FAILING, then=F("since")))
    rows = StudentRepository.objects.filter(enrolment__course=course).order_by("pk")
    return rows.values_list("enrolment", "repo_path", "state", since, "seen_at")


def _students(enrolments: "QuerySet[Enrolment]") -> "QuerySet[Enrolment, Any]":
    return enrolments.order_by("pk").values_list(*STUDENT_COLUMNS, last_push_epoch())


def _progress(enrolments: "QuerySet[Enrolment] | Collection[int]") -> "QuerySet[Progress, Any]":
    rows = Progress.objects.filter(enrolment__in=enrolments, state__in=BEGUN).order_by()
    return rows.values_list(*PROGRESS_COLUMNS)


REPOSITORIES = CompiledQuery(lambda course, *keys: _repositories(course).filter(enrolment__in=keys))
STUDENTS = CompiledQuery(lambda course, *keys: _students(Enrolment.objects.filter(course=course, pk__in=keys)))
PROGRESS = CompiledQuery(lambda *keys: _progress(keys))


def rows_of_class(course: Course, limit: GroupLimit = None) -> ClassRows:
    """Return the rows of the students of a course within the limit.

    Three queries, the last one when its rows are used.
    """
    rows = _repositories(course) if limit is None else _repositories(course).filter(enrolment__group__in=limit)
    repositories = [RepositoryFacts._make(row) for row in rows]
    enrolments = students_of(course, limit)
    return ClassRows(repositories, list(_students(enrolments)), _progress(enrolments).iterator())


def rows_of_students(course: Course, enrolment_ids: Collection[int]) -> ClassRows:
    """Return the rows of these students of a course, of one at least. Three queries, whatever their number."""
    keys = padded(enrolment_ids)
    repositories = [RepositoryFacts._make(row) for row in REPOSITORIES.rows(course.pk, *keys)]
    return ClassRows(repositories, STUDENTS.rows(course.pk, *keys), PROGRESS.rows(*keys))


def last_seen(repositories: Iterable[RepositoryFacts], enrolment_ids: Container[int]) -> datetime | None:
    """Return when a repository of these students was last read; None for never."""
    times = (row.seen_at for row in repositories if row.seen_at and row.enrolment_id in enrolment_ids)
    return max(times, default=None)
