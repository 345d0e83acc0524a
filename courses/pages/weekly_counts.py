"""The last seven days of courses in numbers, for the weekly mail to their teachers and assistants."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import Count, Q

from courses.models import Activity, Answer, Course, Enrolment, Progress
from courses.pages.course_list import NO_WORK, course_rows
from courses.rules.permissions import sees_group
from kernel.epoch import to_epoch

WEEK = timedelta(days=7)
Limits = Mapping[int, frozenset[int]]  # the groups that are counted, by the key of the course; else everybody


class WeeklyCounts(NamedTuple):
    """A course and its last seven days.

    `done` counts tasks of students that were done in these days and still are. `late` counts the students with an
    overdue task, `silent` those who neither pushed nor answered anything in these days.
    """

    students: int
    tasks: int
    done: int
    late: int
    silent: int


def weekly_counts(courses: Sequence[Course], now: datetime, limits: Limits | None = None) -> dict[int, WeeklyCounts]:
    """Return the counts by the key of the course, in a fixed number of queries.

    Courses without tasks, and those without students within their limit, are left out.
    """
    limits = limits or {}
    done, active = _done(courses, now - WEEK, limits), _active_students(courses, now - WEEK, limits)
    return {
        row.course.pk: WeeklyCounts(
            row.students,
            row.tasks,
            done[row.course.pk],
            row.overdue,
            row.students - active[row.course.pk],
        )
        for row in course_rows(courses, now, limits)
        if row.students and row.tasks
    }


def _done(courses: Sequence[Course], start: datetime, limits: Limits) -> Counter[int]:
    """Return how many tasks of students were done since `start`, by course."""
    rows = Progress.objects.filter(
        task__course__in=courses,
        state=Progress.State.DONE,
        since__gte=start,
        enrolment__role=Enrolment.Role.STUDENT,
    ).exclude(task__asks_for__in=NO_WORK)
    numbers: Counter[int] = Counter()
    by_group = rows.order_by().values_list("task__course", "enrolment__group").annotate(number=Count("pk"))
    for course, group, number in by_group:
        if sees_group(limits.get(course), group):
            numbers[course] += number
    return numbers


def _active_students(courses: Sequence[Course], start: datetime, limits: Limits) -> Counter[int]:
    """Return how many students have pushed or answered since `start`, by course."""
    students = Enrolment.objects.filter(course__in=courses, role=Enrolment.Role.STUDENT)
    pushed = Activity.objects.filter(enrolment__in=students, at__gte=to_epoch(start))
    answered = Answer.objects.filter(Q(given_at__gte=start) | Q(changed_at__gte=start), enrolment__in=students)
    active = set(pushed.order_by().values_list("enrolment", flat=True).distinct())
    active |= set(answered.order_by().values_list("enrolment", flat=True).distinct())
    rows = students.values_list("pk", "course_id", "group_id")
    return Counter(course for pk, course, group in rows if pk in active and sees_group(limits.get(course), group))
