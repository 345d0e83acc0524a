"""The class judged at once says of every cell what the rules say of it alone; and what its students pushed, by day."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
import time_machine

from accounts.models import User
from courses.domain import course_tasks, courses
from courses.models import Enrolment, Extension, Group, GroupDeadline, Progress, StudentRepository, Task
from courses.pages.matrix import Wish, matrix
from courses.rules.deadlines import Deadlines
from courses.rules.statuses import STATUSES, status_of
from courses.tests.conftest import commit
from kernel.database.text_hash import text_hash

NOW = datetime(2026, 11, 3, 14, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
PAST, FUTURE = NOW - 100 * HOUR, NOW + 100 * HOUR
REPOSITORIES = [None, *StudentRepository.State]
EXTENSIONS = [None, PAST + HOUR, FUTURE + HOUR]
GROUPS = [None, PAST - 9 * HOUR, PAST + 9 * HOUR, FUTURE + 9 * HOUR]  # None: a group without a deadline of its own
WORK = [
    None,
    (Progress.State.TODO, None),
    (Progress.State.STARTED, PAST),  # a time is kept when the work is undone
    (Progress.State.DONE, None),
    *((Progress.State.DONE, PAST + hours * HOUR) for hours in (-10, 0, 0.5, 5, 10)),
]


@pytest.fixture(autouse=True)
def frozen():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def crowd(teacher):
    """Every kind of student on every kind of task."""
    course = courses.create_course(teacher, teacher, semester_id="A2026", course_id="All", title="All")
    tasks = [
        course_tasks.add_task(teacher, course, path=f"/t{n}", repo_path="/", asks_for=asks, deadline=deadline)
        for n, (asks, deadline, _work) in enumerate(
            product((Task.Asks.EXERCISE, Task.Asks.TEXT), (None, PAST, FUTURE), WORK)
        )
    ]
    work = WORK * 6
    for n, (repository, extension, own) in enumerate(product(REPOSITORIES, EXTENSIONS, GROUPS)):
        group, _new = Group.objects.get_or_create(course=course, group_id=str(GROUPS.index(own)))
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
            )
            for task, done in zip(tasks, work, strict=True)
            if done
        )
    for group, own in zip(Group.objects.order_by("group_id"), GROUPS, strict=True):
        if own:
            GroupDeadline.objects.bulk_create(GroupDeadline(task=task, group=group, deadline=own) for task in tasks[9:])
    return course


def one_by_one(course):
    """The states by the rules, a cell at a time."""
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
            ).key
            for task in tasks
        ]
        for enrolment in course.enrolments.select_related("person")
    }


def test_every_cell_is_what_the_rules_say_of_it(crowd):
    found = matrix(crowd, Wish(), NOW)
    expected = one_by_one(crowd)

    assert {row.enrolment.person.username: [cell.state.key for cell in row.cells] for row in found.rows} == expected
    assert {state for states in expected.values() for state in states} == {state.key for state in STATUSES}
    for index, column in enumerate(found.columns):
        for state in STATUSES:
            assert column.counts[state.key] == sum(states[index] == state.key for states in expected.values())
    assert found.overdue == [name for name, states in expected.items() if "overdue" in states]


@pytest.mark.parametrize("state", [state.key for state in STATUSES])
def test_a_state_shows_who_has_a_task_in_it(crowd, state):
    shown = [row.name for row in matrix(crowd, Wish(state=state), NOW).rows]
    assert shown == [name for name, states in one_by_one(crowd).items() if state in states] != []


def test_who_has_most_to_look_at_comes_first(crowd):
    weights = {"failing": 3, "overdue": 2, "late": 1}
    weigh = {name: sum(weights.get(state, 0) for state in states) for name, states in one_by_one(crowd).items()}

    shown = [row.name for row in matrix(crowd, Wish(sort="attention"), NOW).rows]

    assert shown == sorted(weigh, key=lambda name: (-weigh[name], name))


def test_a_commit_is_counted_once_on_the_course_s_own_day(school, tell):
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
    tell("OnNewCommits", repoPath="/depot", commits=[commit(sha, at, *both) for sha, at in times.items()])

    (alice, bob) = matrix(school.course, Wish(), NOW).rows

    assert alice.spark == [1, 0, 0, 1, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0]
    assert (bob.spark, bob.last_push) == ([0] * 14, None)


def test_names_and_titles_are_drawn_as_they_are_written(school, client_of):
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
