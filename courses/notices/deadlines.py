"""Notifies students by mail that their own deadline of a task has changed. Called by commands, in their transaction."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.urls import reverse

from accounts.principals import Principal
from courses.models import Enrolment, Group, Task
from courses.notices.moments import written_later
from courses.rules.deadlines import Deadlines
from kernel.text.bidi import isolated
from mail.notices import notify, notify_all

DeadlineByStudent = dict[int, datetime | None]  # by the key of the enrolment


def students_to_notify(task: Task, group: Group | None = None) -> list[Enrolment]:
    """Return the students of the course, or of one group, with their accounts.

    Nobody is notified about a chapter or an archived course.
    """
    if task.asks_for == Task.Asks.NOTHING or task.course.archived_at:
        return []
    students = task.course.enrolments.filter(role=Enrolment.Role.STUDENT).select_related("person")
    return list(students if group is None else students.filter(group=group))


def deadlines_of(task: Task, students: Sequence[Enrolment]) -> DeadlineByStudent:
    """Return the deadline that counts for each student. Two queries."""
    if not students:
        return {}
    deadlines = Deadlines([task])
    return {student.pk: deadlines.due(task, student.pk, student.group_id).at for student in students}


def notify_moved(
    actor: Principal,
    task: Task,
    students: Iterable[Enrolment],
    before: DeadlineByStudent,
    after: DeadlineByStudent,
    *,
    event: int,
) -> None:
    """Notify each student whose deadline is another one now. `event` is the key of the audit event."""
    changed = [
        student for student in students if after[student.pk] != before[student.pk] and not _is_self(actor, student)
    ]
    zone = task.course.timezone
    own = {
        student.person_id: {
            "due": written_later(after[student.pk], zone),
            "before": written_later(before[student.pk], zone),
        }
        for student in changed
    }
    notify_all(
        [student.person for student in changed],
        "courses.deadline_moved",
        key=f"event:{event}",
        template="courses/mail/deadline_moved.txt",
        context=_titles(task),
        path=_page(task),
        own=own,
    )


def notify_extension(
    actor: Principal,
    task: Task,
    student: Enrolment,
    *,
    before: datetime | None,
    after: datetime | None,
    is_withdrawn: bool = False,
    event: int,
) -> None:
    """Notify a student that they have more time, or that the extension was withdrawn.

    `before` and `after` are the deadlines that counted and count. Another reason alone is no news.
    """
    if before == after or task.course.archived_at or _is_self(actor, student):
        return
    zone = task.course.timezone
    due = {"due": written_later(after, zone), "before": written_later(before, zone)}
    notify(
        student.person,
        "courses.extension",
        key=f"event:{event}",
        template="courses/mail/extension.txt",
        context=_titles(task) | due | {"is_withdrawn": is_withdrawn},
        path=_page(task),
    )


def _titles(task: Task) -> dict[str, str]:
    return {"task": isolated(task.title), "course": isolated(task.course.title)}


def _page(task: Task) -> str:
    return reverse("task-own", args=(task.course_id, task.pk))


def _is_self(actor: Principal, student: Enrolment) -> bool:
    return actor is not None and actor.pk == student.person_id
