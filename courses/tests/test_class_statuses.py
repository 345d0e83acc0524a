"""The statuses of a whole class equal those of the rule for each cell; and the commits per day of its students."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
import time_machine

from accounts.models import User
from courses.domain import course_tasks
from courses.domain import courses as course_commands
from courses.models import Course, Enrolment, Extension, Group, GroupDeadline, Progress, StudentRepository, Task
from courses.pages.class_rows import rows_of_class, rows_of_students
from courses.pages.matrix import build_matrix
from courses.pages.matrix_filters import MatrixFilters
from courses.rules.deadlines import Deadlines
from courses.rules.statuses import STATUSES, possible_statuses, status_of
from courses.tests.conftest import commit
from kernel.database.text_hash import text_hash

NOW = datetime(2026, 11, 3, 14, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
PAST, FUTURE = NOW - 100 * HOUR, NOW + 100 * HOUR
REPOSITORY_STATES = [None, *StudentRepository.State]
EXTENSIONS = [None, PAST + HOUR, FUTURE + HOUR]
GROUP_DEADLINES = [None, PAST - 9 * HOUR, PAST + 9 * HOUR, FUTURE + 9 * HOUR]  # None: the group has no deadline
WORK = [
    None,
    (Progress.State.TODO, None),
    (Progress.State.STARTED, PAST),  # work that is undone keeps its time
    (Progress.State.DONE, None),
    *((Progress.State.DONE, PAST + hours * HOUR) for hours in (-10, 0, 0.5, 5, 10)),
    (Progress.State.DONE, PAST - 10 * HOUR, PAST + 4 * HOUR),  # first seen after the deadline
    (Progress.State.REMOVED, PAST),
]


@pytest.fixture(autouse=True)
def frozen():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture(params=Course.Unproven.values)
def crowd(teacher, request):
    """A course with every kind of student and every kind of task, with each of its settings."""
    course = course_commands.create_course(teacher, teacher, semester_id="A2026", course_id="All", title="All")
    course.unproven_counts_as = request.param
    course.save()
    tasks = [
        course_tasks.add_task(teacher, course, path=f"/t{n}", repo_path="/", asks_for=asks, deadline=deadline)
        for n, (asks, deadline, _work) in enumerate(
            product((Task.Asks.EXERCISE, Task.Asks.TEXT), (None, PAST, FUTURE), WORK)
        )
    ]
    work = WORK * 6
    for n, (repository, extension, group_deadline) in enumerate(
        product(REPOSITORY_STATES, EXTENSIONS, GROUP_DEADLINES)
    ):
        group, _new = Group.objects.get_or_create(course=course, group_id=str(GROUP_DEADLINES.index(group_deadline)))
        enrolment = Enrolment.objects.create(
            course=course, person=User.objects.create(username=f"s{n:02}"), group=group if n % 5 else None
        )
        if repository:
            StudentRepository.objects.create(
                enrolment=enrolment,
                repo_path="/",
                repo_path_hash=text_hash("/"),
                url="u",
                state=repository,
                since=NOW,
            )
        if extension:
            Extension.objects.bulk_create(
                Extension(task=task, enrolment=enrolment, deadline=extension) for task in tasks
            )
        Progress.objects.bulk_create(
            Progress(
                enrolment=enrolment,
                task=task,
                state=done[0],
                since=NOW,
                completed_time=int(done[1].timestamp()) if done[1] else None,
                proven_time=int(done[2].timestamp()) if done[2:] else None,
            )
            for task, done in zip(tasks, work, strict=True)
            if done
        )
    for group, deadline in zip(Group.objects.order_by("group_id"), GROUP_DEADLINES, strict=True):
        if deadline:
            GroupDeadline.objects.bulk_create(
                GroupDeadline(task=task, group=group, deadline=deadline) for task in tasks[len(WORK) :]
            )
    return course


def one_by_one(course):
    """Return the keys of the statuses by the rule, computed cell by cell, by user name."""
    tasks = list(course.tasks.all())
    deadlines = Deadlines(tasks)
    progress = {(row.enrolment_id, row.task_id): row for row in Progress.objects.all()}
    student_repositories = {repository.enrolment_id: repository for repository in StudentRepository.objects.all()}
    return {
        enrolment.person.username: [
            status_of(
                task,
                progress.get((enrolment.pk, task.pk)),
                deadlines.effective_deadline(enrolment, task),
                student_repositories.get(enrolment.pk),
                NOW,
                unproven_is_late=course.unproven_is_late,
            ).key
            for task in tasks
        ]
        for enrolment in course.enrolments.select_related("person")
    }


def test_every_cell_has_the_status_of_the_rule(crowd):
    matrix = build_matrix(crowd, MatrixFilters(), NOW)
    expected = one_by_one(crowd)

    assert {row.enrolment.person.username: [cell.status.key for cell in row.cells] for row in matrix.rows} == expected
    assert {key for keys in expected.values() for key in keys} == {status.key for status in possible_statuses(crowd)}
    for index, column in enumerate(matrix.columns):
        for status in STATUSES:
            assert column.counts[status.key] == sum(keys[index] == status.key for keys in expected.values())
    assert matrix.overdue == [name for name, keys in expected.items() if "overdue" in keys]


def test_the_filter_of_a_status_keeps_the_students_with_a_task_in_it(crowd):
    expected = one_by_one(crowd)
    for key in (status.key for status in possible_statuses(crowd)):
        names = [row.name for row in build_matrix(crowd, MatrixFilters(state=key), NOW).rows]
        assert names == [name for name, keys in expected.items() if key in keys] != []


def test_the_students_who_need_most_attention_come_first(crowd):
    weights = {"failing": 3, "removed": 3, "overdue": 2, "late": 1, "unproven": 1, "unproven-late": 1}
    attention = {name: sum(weights.get(key, 0) for key in keys) for name, keys in one_by_one(crowd).items()}

    names = [row.name for row in build_matrix(crowd, MatrixFilters(sort="attention"), NOW).rows]

    assert names == sorted(attention, key=lambda name: (-attention[name], name))


@pytest.mark.database
@pytest.mark.parametrize("number", [1, 2, 3, 17])
def test_the_rows_of_some_students_are_those_of_the_class(crowd, number):
    whole = rows_of_class(crowd)
    progress = list(whole.progress)
    for keys in ([row[0] for row in whole.students][::-1][:number], [row[0] for row in whole.students][:number]):
        some = rows_of_students(crowd, keys)
        assert some.repositories == [row for row in whole.repositories if row.enrolment_id in keys]
        assert some.students == [row for row in whole.students if row[0] in keys]
        assert sorted(some.progress) == sorted(row for row in progress if row[0] in keys)


def test_a_commit_counts_once_on_its_day_in_the_course_s_time_zone(school, send_event):
    """The clock went back on 25 October: that day had 25 hours."""
    school.course.zone = "Europe/Paris"
    times = {
        "a": datetime(2026, 10, 24, 21, 59, tzinfo=UTC),  # 23:59
        "b": datetime(2026, 10, 24, 22, 0, tzinfo=UTC),  # midnight
        "c": datetime(2026, 10, 25, 22, 59, tzinfo=UTC),  # 23:59, an hour further from UTC than at midnight
        "d": datetime(2026, 10, 25, 23, 0, tzinfo=UTC),
        "e": datetime(2026, 10, 20, 21, 59, tzinfo=UTC),  # the day before the first of the fourteen
        "f": datetime(2026, 10, 20, 22, 0, tzinfo=UTC),
    }
    both = ("/tp1/exercice1", 1), ("/tp1/exercice2", 1)
    send_event("OnNewCommits", repoPath="/depot", commits=[commit(sha, at, *both) for sha, at in times.items()])

    (alice, bob) = build_matrix(school.course, MatrixFilters(), NOW).rows

    assert alice.spark == [1, 0, 0, 1, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0]
    assert (bob.spark, bob.last_push) == ([0] * 14, None)


def test_names_and_titles_are_escaped_and_braces_stay(school, client_of):
    school.first.title = '100 % <b>{name}</b> {0} {{ & "more"'
    school.first.save()
    school.alice.person.last_name = "<i>50% {name} %(href)s</i>"
    school.alice.person.save()

    page = client_of(school.course.teacher).get(f"/courses/{school.course.pk}/").content.decode()

    name = "Alice &lt;i&gt;50% {name} %(href)s&lt;/i&gt;"
    title = "100 % &lt;b&gt;{name}&lt;/b&gt; {0} {{ &amp; &quot;more&quot;"
    assert f'aria-label="{name}, 1.1 {title}: Overdue, not done"' in page
    assert f"<bdi>{name}</bdi>" in page
    assert "<i>50%" not in page
