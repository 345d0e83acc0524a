"""The next steps of a student over all their courses: tasks to do, repositories to give, deadlines ahead."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from courses.pages.expected_repository import ExpectedRepository
from courses.pages.student_overview import StudentOverview, StudentTask


def next_tasks(overviews: Sequence[StudentOverview], limit: int = 5) -> list[StudentTask]:
    """Return the next tasks: first those that are due next, then overdue ones, then those without a deadline.

    Of the overdue tasks, the one with the latest deadline comes first, and at least one is always in the list. Tasks
    whose repository fails or is missing are left out, because the page asks once for that repository instead.
    """
    open_tasks = [
        task for overview in overviews for task in overview.work if not (task.finished or task.failing or task.blocked)
    ]
    overdue = [task for task in open_tasks if task.overdue]
    overdue.sort(key=lambda task: task.overdue_by or timedelta())
    ahead = [task for task in open_tasks if not task.overdue]
    far = datetime.max.replace(tzinfo=UTC)
    ahead.sort(key=lambda task: (task.due.at or far, task.node.number))
    with_deadline = [task for task in ahead if task.due.at]
    without = [task for task in ahead if not task.due.at]
    return [*with_deadline[: limit - 1 if overdue else limit], *overdue, *without][:limit]


def is_missing(repository: ExpectedRepository, overviews: Sequence[StudentOverview]) -> bool:
    """Whether tasks wait for a repository that the student has not given."""
    if repository.given:
        return False
    return any(
        task.blocked and task.repository == repository
        for overview in overviews
        if overview.enrolment == repository.enrolment
        for task in overview.work
    )


def upcoming_deadlines(overviews: Sequence[StudentOverview], now: datetime, limit: int = 5) -> list[StudentTask]:
    """Return the tasks that are not done and have a deadline ahead, the nearest first."""
    upcoming = [
        task
        for overview in overviews
        for task in overview.work
        if not task.finished and task.due.at and task.due.at >= now
    ]
    return sorted(upcoming, key=lambda task: task.due.at or now)[:limit]
