"""Warnings about a new deadline that is allowed but is probably a mistake."""

from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from courses.models import Enrolment, Semester, Task
from courses.pages.task_summaries import summaries
from courses.rules.statuses import OVERDUE
from kernel.text.dates import format_date


def deadline_warnings(
    task: Task, deadline: datetime | None, students: "QuerySet[Enrolment]", now: datetime
) -> list[str]:
    """Return a sentence for each thing that is odd about a new deadline of `task`, which is for these `students`."""
    if deadline is None:
        return []
    warnings = [_outside_semester(task.course.semester, deadline.astimezone(task.course.timezone))]
    if deadline < now:
        warnings.append(_passed(task, students, now))
    return [sentence for sentence in warnings if sentence]


def _outside_semester(semester: Semester, deadline: datetime) -> str:
    first, last, day = semester.starts_on, semester.ends_on, deadline.date()
    if not ((first and day < first) or (last and day > last)):
        return ""
    if first and last:
        name = "month" if first.year == last.year == day.year else "month-year"
        days = {"first": format_date(first, name), "last": format_date(last, name)}
        return _("This deadline is outside the semester, %(first)s to %(last)s.") % days
    if first:
        return _("This deadline is before the semester begins, %(day)s.") % {"day": format_date(first, "month-year")}
    assert last
    return _("This deadline is after the semester ends, %(day)s.") % {"day": format_date(last, "month-year")}


def _passed(task: Task, students: "QuerySet[Enrolment]", now: datetime) -> str:
    asks_for_work = task.asks_for not in (Task.Asks.NOTHING, Task.Asks.REPOSITORY)
    works = summaries(task, students, now) if asks_for_work else []
    overdue = sum(work.status is OVERDUE for work in works)
    if not overdue:
        return _("This deadline has passed.")
    return ngettext(
        "This deadline has passed: %(count)s student without this task is overdue at once.",
        "This deadline has passed: %(count)s students without this task are overdue at once.",
        overdue,
    ) % {"count": overdue}
