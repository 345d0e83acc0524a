"""The list of courses for people who see the whole class: its search, and counts of what a teacher should look at."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime

from courses.git import repository_confirmation
from courses.models import Course, CourseQuerySet, Enrolment, Progress, StudentRepository, Task
from courses.pages.class_rows import last_push_epoch
from courses.pages.epoch_times import time_of_epoch
from courses.rules.deadlines import Deadlines
from courses.rules.permissions import sees_group
from courses.rules.statuses import OVERDUE, status_of
from kernel.text.folding import fold_for_search

SEARCHED_FIELDS = (
    "title",
    "course_id",
    "semester__title",
    "semester__semester_id",
    "semester__teacher__first_name",
    "semester__teacher__last_name",
)
NO_WORK = (Task.Asks.NOTHING, Task.Asks.REPOSITORY)


@dataclass(frozen=True)
class CourseRow:
    """A course with its counts.

    `never_pushed` and `overdue` count students, `failing` counts repositories that cannot be read, `unconfirmed`
    repositories that wait for confirmation. A student whose repository fails is not counted as one who never pushed.
    """

    course: Course
    students: int
    tasks: int
    never_pushed: int
    failing: int
    overdue: int
    last_push: datetime | None
    unconfirmed: int = 0

    @property
    def all_is_well(self) -> bool:
        return not (self.never_pushed or self.failing or self.overdue or self.unconfirmed)


def matching_courses(queryset: CourseQuerySet, search: str) -> CourseQuerySet:
    """Return the courses that have each word of `search` in their title, id, semester or teacher's name."""
    words = fold_for_search(search).split()
    rows = queryset.values_list("pk", *SEARCHED_FIELDS)
    return queryset.filter(pk__in=[pk for pk, *names in rows if _has_all(fold_for_search("\n".join(names)), words)])


def _has_all(text: str, words: Iterable[str]) -> bool:
    return all(word in text for word in words)


def course_rows(
    courses: Sequence[Course],
    now: datetime,
    limits: Mapping[int, frozenset[int]] | None = None,
    changeable: AbstractSet[int] = frozenset(),
) -> list[CourseRow]:
    """Return a row for each course, in a constant number of queries.

    `limits` has the groups that a row counts, by the key of the course; in other courses it counts everybody.
    `changeable` has the keys of the courses whose repositories the reader may confirm; others count none.
    """
    limits = limits or {}
    students: dict[int, list[Enrolment]] = defaultdict(list)
    pushed: dict[int, int] = {}
    enrolments = Enrolment.objects.filter(course__in=courses, role=Enrolment.Role.STUDENT)
    for enrolment in enrolments.annotate(pushed=last_push_epoch()):
        if not sees_group(limits.get(enrolment.course_id), enrolment.group_id):
            continue
        students[enrolment.course_id].append(enrolment)
        if enrolment.pushed is not None:
            pushed[enrolment.pk] = enrolment.pushed
    tasks: dict[int, list[Task]] = defaultdict(list)
    for task in Task.objects.without_statements().filter(course__in=courses).exclude(asks_for__in=NO_WORK):
        tasks[task.course_id].append(task)
    student_repositories: dict[int, dict[str, StudentRepository]] = defaultdict(dict)
    for repository in StudentRepository.objects.filter(enrolment__course__in=courses):
        student_repositories[repository.enrolment_id][repository.repo_path] = repository
    all_tasks = [task for course_tasks in tasks.values() for task in course_tasks]
    overdue = _overdue_students(all_tasks, students, student_repositories, now)
    unconfirmed = repository_confirmation.count_waiting([course for course in courses if course.pk in changeable])
    rows = [
        _course_row(course, students[course.pk], tasks[course.pk], student_repositories, pushed, overdue, now)
        for course in courses
    ]
    return [replace(row, unconfirmed=unconfirmed[row.course.pk]) for row in rows]


def _course_row(
    course: Course,
    students: Sequence[Enrolment],
    tasks: Sequence[Task],
    student_repositories: dict[int, dict[str, StudentRepository]],
    pushed: dict[int, int],
    overdue: set[int],
    now: datetime,
) -> CourseRow:
    failing = {
        student.pk: sum(
            repository.state == StudentRepository.State.FAILING
            for repository in student_repositories[student.pk].values()
        )
        for student in students
    }
    asks_for_pushes = any(task.is_exercise for task in tasks)
    never_pushed = [student for student in students if student.pk not in pushed and not failing[student.pk]]
    last = max((pushed[student.pk] for student in students if student.pk in pushed), default=None)
    return CourseRow(
        course,
        len(students),
        len(tasks),
        never_pushed=len(never_pushed) if asks_for_pushes else 0,
        failing=sum(failing.values()),
        overdue=sum(student.pk in overdue for student in students),
        last_push=time_of_epoch(last, now),
    )


def _overdue_students(
    tasks: Sequence[Task],
    students: dict[int, list[Enrolment]],
    student_repositories: dict[int, dict[str, StudentRepository]],
    now: datetime,
) -> set[int]:
    """Return the enrolments with an overdue task, by the same rules as the matrix."""
    deadlines = Deadlines(tasks)
    begun = Progress.objects.filter(task__in=[task.pk for task in tasks])
    finished = begun.filter(state__in=(Progress.State.DONE, Progress.State.REMOVED))
    done = set(finished.values_list("enrolment", "task"))
    overdue: set[int] = set()
    for task in tasks:
        for student in students[task.course_id]:
            if student.pk in overdue:
                continue
            due = deadlines.effective_deadline(student, task)
            if due.at is None or due.at >= now or (student.pk, task.pk) in done:
                continue
            repository = student_repositories[student.pk].get(task.repo_path)
            if status_of(task, None, due, repository, now, unproven_is_late=False) is OVERDUE:
                overdue.add(student.pk)
    return overdue
