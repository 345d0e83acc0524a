"""A teacher's list of courses: the three things to look at, as the matrix judges them."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from courses.domain import course_tasks, courses, extensions, roster
from courses.models import Enrolment
from courses.pages.course_cards import cards
from courses.pages.matrix import Wish, matrix
from courses.tests.conftest import DEADLINE
from courses.tests.test_matrix import URL, work
from gitsync.models import Registration

NOW = datetime(2026, 11, 3, 14, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def frozen():
    with time_machine.travel(NOW, tick=False):
        yield


def facts(school):
    (card,) = cards([school.course], NOW)
    return card.students, card.tasks, card.silent, card.failing, card.overdue


def test_a_card_counts_who_never_pushed_who_fails_and_who_is_overdue(school, tell, charlie):
    roster.enrol(None, school.course, username="charlie")
    assert facts(school) == (3, 2, 3, 0, 3)
    work(tell, "alice")
    tell("OnCloneFailed", "bob", repoUrl=URL.format("bob"), repoPath="/depot", reason="not_found")
    assert facts(school) == (3, 2, 1, 1, 1)
    found = matrix(school.course, Wish(), NOW)
    assert (len(found.silent), len(found.failing), len(found.overdue)) == (1, 1, 1)


def test_an_extension_takes_a_student_off_the_overdue(school):
    assert facts(school)[4] == 2
    later = DEADLINE + timedelta(days=9)
    extensions.grant_extension(None, school.first, school.alice, deadline=later, reason="Ill")
    assert facts(school)[4] == 1


def test_the_list_takes_the_same_queries_for_one_course_and_ten(school, tell, client_of, assert_flat):
    work(tell, "alice")
    teacher = school.course.teacher
    client = client_of(teacher)

    def grow():
        for index in range(9):
            course = courses.create_course(teacher, teacher, semester_id="A2026", course_id=f"c{index}", title="C")
            course_tasks.add_task(teacher, course, path="/a", title="A", deadline=DEADLINE)
            roster.enrol(None, course, username="alice")

    assert_flat(lambda: client.get("/courses/"), grow)


def test_the_teacher_removes_a_person_with_what_was_read_from_them(school, client_of):
    client = client_of(school.alice.person)
    client.post(f"/courses/{school.course.pk}/students/alice/repository/?at=/depot", {"url": URL.format("alice")})
    assert Registration.objects.exists()
    teacher, address = client_of(school.course.teacher), f"/courses/{school.course.pk}/roster/{school.alice.pk}/remove/"

    assert "Alice Martin" in teacher.get(address).content.decode()
    assert Enrolment.objects.filter(pk=school.alice.pk).exists()
    assert client.post(address).status_code == 403
    assert teacher.post(address).status_code == 302
    assert not Enrolment.objects.filter(pk=school.alice.pk).exists()
    assert not Registration.objects.exists()
    assert client.get(f"/courses/{school.course.pk}/students/alice/").status_code == 404
