"""A teacher's list of courses: each with the three things to look at, in a constant number of queries."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from courses.models import Course, Enrolment, Progress, StudentRepository, Task
from courses.pages.class_states import last_push
from courses.rules.deadlines import Deadlines
from courses.rules.statuses import OVERDUE, status_of

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
    last: dict[int, int] = {}
    enrolled = Enrolment.objects.filter(course__in=courses, role=Enrolment.Role.STUDENT)
    for enrolment in enrolled.annotate(pushed=last_push()):
        students[enrolment.course_id].append(enrolment)
        if enrolment.pushed is not None:
            last[enrolment.pk] = enrolment.pushed
    tasks: dict[int, list[Task]] = defaultdict(list)
    for task in Task.objects.without_statements().filter(course__in=courses).exclude(asks_for__in=NO_WORK):
        tasks[task.course_id].append(task)
    student_repositories: dict[int, dict[str, StudentRepository]] = defaultdict(dict)
    for repository in StudentRepository.objects.filter(enrolment__course__in=courses):
        student_repositories[repository.enrolment_id][repository.repo_path] = repository
    overdue = _overdue([task for found in tasks.values() for task in found], students, student_repositories, now)
    return [
        _card(course, students[course.pk], tasks[course.pk], student_repositories, last, overdue, now)
        for course in courses
    ]


def _card(
    course: Course,
    students: Sequence[Enrolment],
    tasks: Sequence[Task],
    student_repositories: dict[int, dict[str, StudentRepository]],
    last: dict[int, int],
    overdue: set[int],
    now: datetime,
) -> Card:
    failing = StudentRepository.State.FAILING
    broken = {
        one.pk: sum(repository.state == failing for repository in student_repositories[one.pk].values())
        for one in students
    }
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
    student_repositories: dict[int, dict[str, StudentRepository]],
    now: datetime,
) -> set[int]:
    """The students with a task that is overdue, by the same rules as the matrix."""
    deadlines = Deadlines(tasks)
    finished = Progress.objects.filter(task__in=[task.pk for task in tasks], state=Progress.State.DONE)
    done = set(finished.values_list("enrolment", "task"))
    found: set[int] = set()
    for task in tasks:
        for one in students[task.course_id]:
            if one.pk in found:
                continue
            due = deadlines.effective_deadline(one, task)
            if due.at is None or due.at >= now or (one.pk, task.pk) in done:
                continue
            if status_of(task, None, due, student_repositories[one.pk].get(task.repo_path), now) is OVERDUE:
                found.add(one.pk)
    return found
