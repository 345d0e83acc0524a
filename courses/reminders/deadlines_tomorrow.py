"""Reminds students of a deadline on the next day, for a task that is not done. Run by the schedule."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, time, timedelta

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from courses.models import Enrolment, Extension, GroupDeadline, Progress, Task
from courses.notices.moments import written_later
from courses.rules.deadlines import Deadlines
from kernel.epoch import to_epoch
from kernel.text.bidi import isolated
from mail.notices import not_yet_notified, notify_all

KIND = "courses.deadline_tomorrow"
HOUR = 7  # on the clock of the course: before the hour of most daily mails
AHEAD = timedelta(hours=52)  # no "tomorrow" of any zone ends later
NO_WORK = (Task.Asks.NOTHING, Task.Asks.REPOSITORY)


def remind_of_deadlines(now: datetime | None = None) -> None:
    """Write the notices about deadlines that are tomorrow in the zone of their course, from HOUR there on.

    A student gets one notice about a task and its deadline, and none about a task that is done.
    """
    now = now or timezone.now()
    tasks = [task for task in _tasks_due_soon(now) if now.astimezone(task.course.timezone).hour >= HOUR]
    if not tasks:
        return
    due_people = _people_with_work(tasks, now)
    events = [(person, _key(*due)) for due, people in due_people.items() for person in people]
    open_keys = {(person.pk, key) for person, key in not_yet_notified(KIND, events)}
    titles = {task.pk: task for task in tasks}
    for (task_id, due), people in due_people.items():
        to_notify = [person for person in people if (person.pk, _key(task_id, due)) in open_keys]
        if to_notify:
            _notify(titles[task_id], due, to_notify)


def _tasks_due_soon(now: datetime) -> list[Task]:
    """Return the tasks with a deadline for anybody in the next days, of courses that are not archived."""
    soon = Q(deadline__range=(now, now + AHEAD))
    # Not by joins: they would pair each deadline of a group with each extension of the task.
    groups, extensions = GroupDeadline.objects.filter(soon), Extension.objects.filter(soon)
    any_deadline = soon | Q(pk__in=groups.values("task")) | Q(pk__in=extensions.values("task"))
    tasks = Task.objects.filter(any_deadline, course__archived_at=None).exclude(asks_for__in=NO_WORK)
    return list(tasks.defer("statement").select_related("course__semester__teacher"))


def _people_with_work(tasks: Sequence[Task], now: datetime) -> dict[tuple[int, datetime], list[User]]:
    """Return the students who have not done a task that is due tomorrow, by the task and their deadline."""
    deadlines, students = Deadlines(tasks), defaultdict(list)
    rows = Enrolment.objects.filter(course__in={task.course_id for task in tasks}, role=Enrolment.Role.STUDENT)
    for student in rows.select_related("person").order_by("pk"):
        students[student.course_id].append(student)
    finished = Progress.objects.filter(task__in=[task.pk for task in tasks], state=Progress.State.DONE)
    done = set(finished.values_list("enrolment", "task"))
    people: dict[tuple[int, datetime], list[User]] = defaultdict(list)
    for task in tasks:
        start, end = _tomorrow(task, now)
        for student in students[task.course_id]:
            due = deadlines.due(task, student.pk, student.group_id).at
            if due is not None and start <= due < end and (student.pk, task.pk) not in done:
                people[task.pk, due].append(student.person)
    return people


def _tomorrow(task: Task, now: datetime) -> tuple[datetime, datetime]:
    """Return the start and the end of the next day in the zone of the course. It has 23 to 25 hours."""
    zone = task.course.timezone
    day = now.astimezone(zone).date() + timedelta(days=1)
    return datetime.combine(day, time.min, zone), datetime.combine(day + timedelta(days=1), time.min, zone)


def _key(task_id: int, due: datetime) -> str:
    return f"task:{task_id}:{to_epoch(due)}"


@transaction.atomic
def _notify(task: Task, due: datetime, people: list[User]) -> None:
    notify_all(
        people,
        KIND,
        key=_key(task.pk, due),
        template="courses/mail/deadline_tomorrow.txt",
        context={
            "task": isolated(task.title),
            "course": isolated(task.course.title),
            "due": written_later(due, task.course.timezone),
        },
        path=reverse("task-own", args=(task.course_id, task.pk)),
    )
