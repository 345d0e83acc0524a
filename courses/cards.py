"""A teacher's list of courses: each with the three things to look at, in a constant number of queries."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import Max

from courses.deadlines import Deadlines
from courses.models import Activity, Course, Enrolment, Progress, RepositoryClaim, Task
from courses.states import OVERDUE, state_of

NO_WORK = (Task.Asks.NOTHING, Task.Asks.REPOSITORY)


@dataclass(frozen=True)
class Card:
    """`silent` never pushed, `failing` repositories cannot be read, `overdue` students have a task behind them."""

    course: Course
    students: int
    tasks: int
    silent: int
    failing: int
    overdue: int
    last_push: datetime | None

    @property
    def all_is_well(self) -> bool:
        return not (self.silent or self.failing or self.overdue)


def cards(courses: Sequence[Course], now: datetime) -> list[Card]:
    students: dict[int, list[Enrolment]] = defaultdict(list)
    for enrolment in Enrolment.objects.filter(course__in=courses, role=Enrolment.Role.STUDENT):
        students[enrolment.course_id].append(enrolment)
    tasks: dict[int, list[Task]] = defaultdict(list)
    for task in Task.objects.filter(course__in=courses).exclude(asks_for__in=NO_WORK):
        tasks[task.course_id].append(task)
    claims: dict[int, dict[str, RepositoryClaim]] = defaultdict(dict)
    for claim in RepositoryClaim.objects.filter(enrolment__course__in=courses):
        claims[claim.enrolment_id][claim.repo_path] = claim
    pushed = Activity.objects.filter(enrolment__course__in=courses).values_list("enrolment")
    last = dict(pushed.annotate(last=Max("at")).order_by())
    overdue = _overdue([task for found in tasks.values() for task in found], students, claims, now)
    return [_card(course, students[course.pk], tasks[course.pk], claims, last, overdue, now) for course in courses]


def _card(
    course: Course,
    students: Sequence[Enrolment],
    tasks: Sequence[Task],
    claims: dict[int, dict[str, RepositoryClaim]],
    last: dict[int, int],
    overdue: set[int],
    now: datetime,
) -> Card:
    failing = RepositoryClaim.State.FAILING
    broken = {one.pk: sum(claim.state == failing for claim in claims[one.pk].values()) for one in students}
    asked = any(task.is_exercise for task in tasks)
    latest = max((last[one.pk] for one in students if one.pk in last), default=None)
    return Card(
        course,
        len(students),
        len(tasks),
        silent=sum(one.pk not in last and not broken[one.pk] for one in students) if asked else 0,
        failing=sum(broken.values()),
        overdue=sum(one.pk in overdue for one in students),
        last_push=None if latest is None else datetime.fromtimestamp(min(latest, int(now.timestamp())), UTC),
    )


def _overdue(
    tasks: Sequence[Task],
    students: dict[int, list[Enrolment]],
    claims: dict[int, dict[str, RepositoryClaim]],
    now: datetime,
) -> set[int]:
    """The students with a task that is overdue, by the same rules as the matrix."""
    deadlines = Deadlines(tasks)
    done = {
        (row.enrolment_id, row.task_id): row
        for row in Progress.objects.filter(task__in=[task.pk for task in tasks], state=Progress.State.DONE)
    }
    found: set[int] = set()
    for task in tasks:
        for one in students[task.course_id]:
            if one.pk in found:
                continue
            due = deadlines.effective_deadline(one, task)
            row = done.get((one.pk, task.pk))
            if due.at and due.at < now and state_of(task, row, due, claims[one.pk].get(task.repo_path), now) is OVERDUE:
                found.add(one.pk)
    return found
