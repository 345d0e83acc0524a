"""Deadlines as events of a calendar: those of a student, and those of a class for its teachers and assistants.

Settings name these functions: CALENDAR_PARTS, CALENDAR_COURSES and CALENDAR_COURSE_EVENTS. Archived courses have none.
"""

from collections import Counter
from collections.abc import Sequence

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from calendars.events import Event, Window
from courses.models import Course, Enrolment, Extension, GroupDeadline, Task
from courses.rules.deadlines import Deadlines, Due
from courses.rules.permissions import GroupLimit, group_limits, sees_group

READ = ("title", "deadline", "course__title")  # of a task


def own_deadlines(person: User, window: Window) -> list[Event]:
    """Return the deadlines of all courses of a person, in seven queries; one more for somebody who does not own all."""
    student_events = _student_events(list(_enrolments(person)), window)
    return student_events + _class_events(person, list(_taught_courses(person)), window)


def course_titles(person: User) -> dict[int, str]:
    """Return the titles of the courses that the person takes, teaches or assists in, by id.

    The semester follows the title where several courses have the same, such as those of two years.
    """
    taken = [enrolment.course for enrolment in _enrolments(person).select_related("course__semester")]
    courses = {course.pk: course for course in [*taken, *_taught_courses(person)]}
    counts = Counter(course.title for course in courses.values())
    titles = {
        pk: course.title if counts[course.title] == 1 else f"{course.title}, {course.semester}"
        for pk, course in courses.items()
    }
    return dict(sorted(titles.items(), key=lambda item: (item[1], item[0])))


def course_events(person: User, course_id: int, window: Window) -> tuple[str, list[Event]] | None:
    """Return the title and the deadlines of one course; None when the person does not belong to it."""
    if course := _taught_courses(person).filter(pk=course_id).first():
        return course.title, _class_events(person, [course], window)
    if enrolment := _enrolments(person).filter(course=course_id).first():
        return enrolment.course.title, _student_events([enrolment], window)
    return None


def deadline_of_student(enrolment: Enrolment, task: Task) -> Event | None:
    """Return the deadline of a task for its student; None when there is none."""
    return _student_event(enrolment, task, Deadlines([task], [enrolment.pk]).effective_deadline(enrolment, task))


def deadlines_of_class(task: Task, limit: GroupLimit) -> list[Event]:
    """Return the deadline of a task, and those of the groups within the limit that have another one."""
    groups = GroupDeadline.objects.filter(task=task).select_related("group").order_by("pk")
    own = [_task_event(task)] if task.deadline else []
    return own + [_group_event(task, row) for row in groups if sees_group(limit, row.group_id)]


def _enrolments(person: User) -> QuerySet[Enrolment]:
    rows = Enrolment.objects.filter(person=person, role=Enrolment.Role.STUDENT, course__archived_at=None)
    return rows.select_related("course").order_by("course__title", "pk")


def _taught_courses(person: User) -> QuerySet[Course]:
    """Return the courses that a person teaches or assists in. Staff may see all; here they get their own."""
    courses = Course.objects.taught_or_assisted_by(person).filter(archived_at=None)
    return courses.select_related("semester").order_by("title", "pk")


def _student_events(enrolments: Sequence[Enrolment], window: Window) -> list[Event]:
    """Return the deadlines of a student in these courses, in three queries.

    A task counts when any of its deadlines is in the window: its own, that of a group, or that of an extension.
    """
    in_window = Q(deadline__gte=window.start, deadline__lt=window.end)
    course_ids = [enrolment.course_id for enrolment in enrolments]
    groups = GroupDeadline.objects.filter(in_window, task__course__in=course_ids)
    extensions = Extension.objects.filter(in_window, enrolment__in=enrolments)
    rows = Task.objects.filter(in_window | Q(pk__in=groups.values("task")) | Q(pk__in=extensions.values("task")))
    tasks = list(_readable(rows.filter(course__in=course_ids)))
    deadlines = Deadlines(tasks, [enrolment.pk for enrolment in enrolments])
    by_course = {enrolment.course_id: enrolment for enrolment in enrolments}
    pairs = ((by_course[task.course_id], task) for task in tasks)
    dues = ((enrolment, task, deadlines.effective_deadline(enrolment, task)) for enrolment, task in pairs)
    events = (_student_event(enrolment, task, due) for enrolment, task, due in dues if window.holds(due.at))
    return [event for event in events if event is not None]


def _class_events(person: User, courses: Sequence[Course], window: Window) -> list[Event]:
    """Return the deadlines of these classes, with those of the groups that the person sees. No student is named.

    Two queries, and one for the groups that the person assists.
    """
    in_window = Q(deadline__gte=window.start, deadline__lt=window.end)
    course_ids = [course.pk for course in courses]
    tasks = _readable(Task.objects.filter(in_window, course__in=course_ids))
    groups = GroupDeadline.objects.filter(in_window, task__course__in=course_ids)
    rows = groups.select_related("task__course", "group").defer("task__statement").order_by("pk")
    limits = group_limits(person, courses)
    seen = (row for row in rows if sees_group(limits.get(row.task.course_id), row.group_id))
    return [_task_event(task) for task in tasks] + [_group_event(row.task, row) for row in seen]


def _readable(tasks: QuerySet[Task]) -> QuerySet[Task]:
    return tasks.select_related("course").only(*READ).order_by("pk")


def _student_event(enrolment: Enrolment, task: Task, due: Due) -> Event | None:
    if due.at is None:
        return None
    facts = [task.course.title, *([_("Extended for you")] if due.extended else [])]
    return Event(
        key=f"task-{task.pk}",
        title=_("Due: %(task)s") % {"task": task.title},
        start=due.at,
        description="\n".join(facts),
        path=reverse("task-own", args=[enrolment.course_id, task.pk]),
    )


def _task_event(task: Task) -> Event:
    assert task.deadline
    return Event(
        key=f"task-{task.pk}",
        title=_("Due: %(task)s") % {"task": task.title},
        start=task.deadline,
        description=task.course.title,
        path=reverse("course-task", args=[task.course_id, task.pk]),
    )


def _group_event(task: Task, row: GroupDeadline) -> Event:
    return Event(
        key=f"task-{task.pk}-group-{row.group_id}",
        title=_("Due: %(task)s (%(group)s)") % {"task": task.title, "group": row.group},
        start=row.deadline,
        description=task.course.title,
        path=reverse("course-task", args=[task.course_id, task.pk]),
    )
