"""The page of a task that asks for a repository: it counts and lists the students by the state of theirs."""

import pytest

from courses.domain import roster, student_repositories
from courses.pages.repository_report import build_repository_report
from courses.tests.conftest import DEADLINE, REPOSITORY_URL, complete_exercise
from gitsync.models import Registration, Repository

pytestmark = pytest.mark.django_db


def give(enrolment):
    url = REPOSITORY_URL.format(enrolment.person.username)
    student_repositories.give_repository(enrolment.person, enrolment, repo_path="/depot", url=url)


def test_the_page_counts_and_lists_repositories_by_their_state(school, send_event, client_of, charlie):
    roster.enrol(None, school.course, username="charlie")
    give(school.alice)
    give(school.bob)
    send_event("OnClone", "alice", repoUrl=REPOSITORY_URL.format("alice"), repoPath="/depot")
    send_event("OnCloneFailed", "bob", repoUrl=REPOSITORY_URL.format("bob"), repoPath="/depot", reason="not_found")
    teacher, address = client_of(school.course.teacher), f"/courses/{school.course.pk}/tasks/{school.repository.pk}/"

    response = teacher.get(address)
    page = response.content.decode()

    assert [(status.key, count) for status, count in response.context["report"].counts] == [
        ("cloned", 1),
        ("failing", 1),
        ("none", 1),
    ]
    assert "There is no repository at this address." in page
    assert "No commit at all" not in page
    assert [row.enrolment.person.username for row in teacher.get(f"{address}?state=none").context["report"].rows] == [
        "charlie"
    ]
    assert "Up to date" in teacher.get(f"{address}_report/").content.decode()


def test_a_repository_that_waits_for_confirmation_is_counted_as_such(school, client_of):
    give(school.alice)
    Registration.objects.update(confirmed=False)
    Repository.objects.update(public=False)
    report = build_repository_report(school.repository)
    assert [(status.key, count) for status, count in report.counts] == [("cloned", 0), ("unconfirmed", 1), ("none", 1)]


def test_the_page_takes_the_same_queries_for_two_students_and_thirty(
    school, send_event, person, client_of, assert_flat
):
    client = client_of(school.course.teacher)
    complete_exercise(send_event, "alice", at=DEADLINE)

    def grow():
        for index in range(28):
            person(f"student{index}")
            roster.enrol(None, school.course, username=f"student{index}", group_id="A1")
            complete_exercise(send_event, f"student{index}", at=DEADLINE)

    assert_flat(lambda: client.get(f"/courses/{school.course.pk}/tasks/{school.repository.pk}/"), grow, limit=12)
