"""The next steps of a student over all their courses: tasks to do, repositories to give, deadlines ahead."""

from collections.abc import Sequence
from datetime import UTC, datetime

from courses.pages.student_overview import ExpectedRepository, StudentOverview, StudentTask


def next_tasks(overviews: Sequence[StudentOverview], limit: int = 5) -> list[StudentTask]:
    """Return what to do next: the overdue tasks first, then by deadline; tasks without a deadline come last.

    Tasks whose repository fails or is missing are left out: to repair or give the repository is one next step, and
    the page shows it once.
    """
    far = datetime.max.replace(tzinfo=UTC)
    open_tasks = [
        task for overview in overviews for task in overview.work if not (task.finished or task.failing or task.blocked)
    ]
    return sorted(open_tasks, key=lambda task: (not task.overdue, task.due.at or far, task.node.number))[:limit]


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
