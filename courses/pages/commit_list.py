"""The commits of a student as their events told them, page by page, newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max

from courses.models import Activity, Enrolment
from courses.pages.student_overview import Item
from kernel.epoch import from_epoch, to_epoch

PAGE_SIZE = 25


@dataclass(frozen=True)
class Touched:
    """A task that the commit works on or completes; `late_by` where it came after the deadline that counts.

    `again`: it was done before, and that counts, also where the history that did it was rewritten since.
    """

    item: Item
    completes: bool
    again: bool
    late_by: timedelta | None


@dataclass(frozen=True)
class Commit:
    commit_id: str
    at: datetime
    subject: str
    effort: int
    touched: tuple[Touched, ...]


@dataclass(frozen=True)
class CommitPage:
    commits: list[Commit]
    total: int
    page: int
    pages: int


def commit_page(enrolment: Enrolment, items: Sequence[Item], now: datetime, page: int = 1) -> CommitPage:
    """`items`: the student's tasks, of their desk. Three queries."""
    rows = Activity.objects.filter(enrolment=enrolment)
    total = rows.values("commit_id").distinct().count()
    pages = max(1, -(-total // PAGE_SIZE))
    page = max(1, min(page, pages))
    first = (page - 1) * PAGE_SIZE
    newest = rows.values("commit_id").annotate(latest=Max("at")).order_by("-latest", "-commit_id")
    order = [row["commit_id"] for row in newest[first : first + PAGE_SIZE]]
    by_path = {item.node.task.path_hash: item for item in items if item.state is not None}
    told: dict[str, list[Activity]] = {}
    for row in rows.filter(commit_id__in=order).order_by("pk"):
        told.setdefault(row.commit_id, []).append(row)
    return CommitPage([_commit(told[key], by_path, now) for key in order if key in told], total, page, pages)


def _commit(rows: Sequence[Activity], by_path: dict[str, Item], now: datetime) -> Commit:
    at = from_epoch(min(max(row.at for row in rows), to_epoch(now)))
    touched = []
    for row in rows:
        item = by_path.get(row.exercise_path_hash)
        if item is not None:
            again = row.completes and item.done_at is not None and item.done_at < at
            late = not again and item.due.at is not None and at > item.due.at
            touched.append(Touched(item, row.completes, again, at - item.due.at if late and item.due.at else None))
    return Commit(rows[0].commit_id, at, rows[0].subject, sum(row.effort for row in rows), tuple(touched))
