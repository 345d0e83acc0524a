"""A student's own tasks and repositories, the next steps from them, and the cards of the home page."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from courses.domain import course_tasks
from courses.pages.commit_list import commit_page
from courses.pages.next_steps import is_missing, next_tasks
from courses.pages.student_overview import overview_of, overviews_of
from courses.tests.conftest import DEADLINE, REPOSITORY_URL, complete_exercise

NOW = datetime(2026, 11, 3, 14, 0, tzinfo=UTC)
BEFORE = DEADLINE - timedelta(days=2)


@pytest.fixture(autouse=True)
def frozen():
    with time_machine.travel(NOW, tick=False):
        yield


def test_a_student_s_pages_take_as_many_queries_for_thirty_tasks_as_for_two(school, send_event, client_of, assert_flat):
    client = client_of(school.alice.person)
    complete_exercise(send_event, "alice", at=BEFORE)

    def grow():
        for number in range(28):
            course_tasks.add_task(None, school.course, path=f"/more/{number}", repo_path="/depot")
            complete_exercise(send_event, "alice", at=BEFORE, path=f"/more/{number}")

    assert_flat(lambda: client.get(f"/courses/{school.course.pk}/students/alice/"), grow, limit=16)
    assert_flat(lambda: client.get("/"), lambda: None, limit=19)  # with the first steps


def test_the_next_tasks_begin_with_the_overdue_ones(school):
    overviews = overviews_of(school.alice.person, NOW)
    tasks = [(task.node.task.path, task.status.key) for task in next_tasks(overviews)]
    assert tasks == [("/tp1/exercice1", "overdue")]  # blocked tasks are one step: to give the repository
    assert [is_missing(repository, overviews) for repository in overviews[0].repositories] == [True]


def test_the_next_tasks_begin_with_what_is_due_next(school, send_event):
    send_event("OnClone", "alice", repoUrl=REPOSITORY_URL.format("alice"), repoPath="/depot")

    def add(path, days):
        deadline = None if days is None else NOW + timedelta(days=days)
        course_tasks.add_task(None, school.course, path=path, repo_path="/depot", deadline=deadline)

    def paths():
        return [task.node.task.path for task in next_tasks(overviews_of(school.alice.person, NOW))]

    for path, days in (("/old", -9), ("/missed", -1), ("/later", 20), ("/next", 1), ("/some-day", None)):
        add(path, days)
    assert paths() == ["/next", "/later", "/missed", "/tp1/exercice1", "/old"]
    for number in range(6):
        add(f"/soon{number}", 2 + number)
    assert paths() == ["/next", "/soon0", "/soon1", "/soon2", "/missed"], "an overdue one is always there"


def test_deadlines_show_their_hour_on_the_home_page_and_in_the_matrix(school, client_of):
    deadline = datetime(2026, 11, 8, 22, 59, tzinfo=UTC)
    course_tasks.change_task(None, school.second, deadline=deadline)
    home = client_of(school.alice.person).get("/").content.decode()
    assert "Sun 8 Nov 23:59</time>" in home.partition('id="home-deadlines"')[2]
    matrix = client_of(school.course.teacher).get(f"/courses/{school.course.pk}/").content.decode()
    assert "8 Nov 23:59</span>" in matrix


def test_tasks_with_a_failing_repository_are_not_among_the_next_tasks(school, send_event):
    send_event("OnCloneFailed", repoUrl=REPOSITORY_URL.format("alice"), repoPath="/depot", reason="not_found")
    overviews = overviews_of(school.alice.person, NOW)
    assert {task.status.key for task in overviews[0].work} == {"failing"}
    assert next_tasks(overviews) == []


def test_an_overview_has_the_student_s_own_rows_only(school, send_event):
    complete_exercise(send_event, "bob", at=BEFORE)
    alice, bob = overview_of(school.alice, NOW), overview_of(school.bob, NOW)
    assert alice.finished == 0
    assert [repository.student_repository for repository in alice.repositories] == [None]
    assert commit_page(school.alice, alice.tasks, NOW).commits == []
    assert [commit.effort for commit in commit_page(school.bob, bob.tasks, NOW).commits] == [12]


def test_the_card_of_deadlines_is_hidden_on_the_home_page_while_there_is_no_deadline(school, client_of):
    """Without the card the page would miss the notification of the next deadline."""
    client = client_of(school.alice.person)
    topics = f"person:{school.alice.person.pk} plan:{school.course.pk}"
    course_tasks.change_task(None, school.first, deadline=None)
    for address in ("/", "/courses/_home/deadlines/"):
        page = client.get(address).content.decode()
        assert f'<section hidden id="home-deadlines" data-live="{topics}"' in page

    course_tasks.change_task(None, school.first, deadline=NOW + timedelta(days=1))
    assert '<section class="at-card" id="home-deadlines"' in client.get("/courses/_home/deadlines/").content.decode()
