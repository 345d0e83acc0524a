"""The rows that an open matrix fetches after a change (`?student=`): like those of the page, and no others."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from courses.domain import answers, extensions, group_deadlines, roster
from courses.models import Progress
from courses.tests.conftest import DEADLINE
from live.models import MAX_ROWS

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def address(school):
    return reverse("course-matrix-fragment", args=[school.course.pk])


@pytest.fixture
def rows_of(address):
    """`rows_of(client, [enrolment])` fetches the rows of these students, as a page does that was drawn just now."""

    def fetch(client, enrolments, *, drawn_at=None, query=""):
        ids = "".join(f"&student={enrolment.pk}" for enrolment in enrolments) or "&student="
        since = int((drawn_at or timezone.now()).timestamp())
        return client.get(f"{address}?{query}{ids}&layout=&since={since}", headers=HTMX)

    return fetch


def element(html, name):
    found = re.search(rf'<(tr|th)\s+id="{name}".*?</\1>', html, re.S)
    return found and found[0]


def assert_same_rows(client, address, answer, enrolments, tasks):
    """The answer has these rows and heads as the whole fragment draws them now."""
    assert answer.status_code == 200
    whole, rows = client.get(address, headers=HTMX).content.decode(), answer.content.decode()
    names = [f"student-{enrolment.pk}" for enrolment in enrolments] + [f"head-{task.pk}" for task in tasks]
    for name in names:
        assert element(rows, name) == element(whole, name), name
    assert re.findall(r'id="((?:student|head)-\d+)"', rows) == names[len(enrolments) :] + names[: len(enrolments)]


def test_each_change_sends_the_row_of_its_student_and_the_heads_that_it_changes(
    school, essay, address, client_of, rows_of, clock
):
    teacher = client_of(school.course.teacher)
    rows_of(teacher, [school.alice])  # the class is read
    clock.shift(2)

    answers.give_answer(school.bob.person, school.bob, essay, text="Done")
    assert_same_rows(teacher, address, rows_of(teacher, [school.bob]), [school.bob], [essay])

    clock.move_to(DEADLINE + timedelta(hours=1))
    assert rows_of(teacher, [school.alice], drawn_at=DEADLINE - timedelta(seconds=1)).status_code == 204
    rows_of(teacher, [school.alice])
    clock.shift(2)
    extensions.grant_extension(
        school.course.teacher, essay, school.alice, deadline=DEADLINE + timedelta(days=3), reason="Ill"
    )
    assert_same_rows(teacher, address, rows_of(teacher, [school.alice]), [school.alice], [essay])

    clock.shift(2)
    answers.give_answer(school.alice.person, school.alice, essay, text="Done, too")
    assert_same_rows(teacher, address, rows_of(teacher, [school.alice]), [school.alice], [essay])
    clock.shift(2)
    assert_same_rows(teacher, address, rows_of(teacher, [school.alice]), [school.alice], [])


def test_the_cards_of_attention_follow(school, essay, client_of, rows_of, clock):
    teacher = client_of(school.course.teacher)
    clock.move_to(DEADLINE + timedelta(hours=1))
    rows_of(teacher, [])
    clock.shift(2)
    assert 'id="matrix-look"' not in rows_of(teacher, []).content.decode()

    answers.give_answer(school.bob.person, school.bob, essay, text="Late")
    assert 'id="matrix-look"' not in rows_of(teacher, [school.bob]).content.decode()  # another task is overdue, too

    extensions.grant_extension(
        school.course.teacher, school.first, school.bob, deadline=DEADLINE + timedelta(days=3), reason="Ill"
    )
    assert "1 student overdue" in rows_of(teacher, [school.bob]).content.decode()


def test_only_people_who_see_the_class_get_rows(school, address, client, client_of, charlie, rows_of):
    assert rows_of(client_of(school.alice.person), [school.bob]).status_code == 403
    assert rows_of(client_of(charlie), [school.bob]).status_code == 404
    assert rows_of(client, [school.bob]).status_code in (302, 401)


def test_a_student_of_another_course_is_not_in_the_answer(school, essay, client_of, rows_of):
    answer = rows_of(client_of(school.course.teacher), [school.bob])
    assert "student-" in answer.content.decode()
    other = type(school.bob)(pk=school.bob.pk + 1000)
    assert "student-" not in rows_of(client_of(school.course.teacher), [other]).content.decode()


@pytest.mark.parametrize("query", ["state=done", "push=never", "sort=attention", "sort=push"])
def test_a_filter_that_a_change_may_affect_fetches_everything(school, essay, client_of, rows_of, query):
    answer = rows_of(client_of(school.course.teacher), [school.bob], query=query)
    assert (answer.status_code, answer.headers["HX-Trigger"]) == (204, "live")


def test_the_heads_count_the_group_of_the_filter(school, essay, client_of, rows_of):
    answers.give_answer(school.bob.person, school.bob, essay, text="Done")
    teacher = client_of(school.course.teacher)
    for group, total in (("", 2), ("group=A2", 1)):
        head = element(rows_of(teacher, [school.bob], query=group).content.decode(), f"head-{essay.pk}")
        assert f"of {total} done" in head


def test_more_rows_than_an_answer_has_fetch_everything(school, essay, client_of, rows_of):
    students = [type(school.bob)(pk=pk) for pk in range(1000, 1000 + MAX_ROWS)]
    teacher = client_of(school.course.teacher)
    assert rows_of(teacher, students).status_code == 200
    assert rows_of(teacher, [*students, school.bob]).headers.get("HX-Trigger") == "live"


def test_after_a_while_everything_is_fetched(school, essay, client_of, rows_of):
    drawn_at = timezone.now() - timedelta(minutes=16)
    assert rows_of(client_of(school.course.teacher), [school.bob], drawn_at=drawn_at).status_code == 204


def test_a_new_student_is_counted(school, essay, client_of, rows_of, person):
    teacher = client_of(school.course.teacher)
    rows_of(teacher, [school.bob])
    person("dora")
    dora = roster.enrol(None, school.course, username="dora", group_id="A1")

    assert "of 3 done" in rows_of(teacher, [dora]).content.decode()


def test_the_deadline_of_a_group_counts_for_the_rows_that_are_read_after_it(
    school, essay, address, client_of, rows_of, clock
):
    teacher = client_of(school.course.teacher)
    clock.move_to(DEADLINE + timedelta(hours=1))
    rows_of(teacher, [school.bob])  # the class is read
    for deadline in (DEADLINE + timedelta(days=3), DEADLINE + timedelta(minutes=30)):
        clock.shift(2)
        group_deadlines.set_group_deadline(school.course.teacher, essay, school.bob.group, deadline=deadline)
        rows = rows_of(teacher, [school.bob], drawn_at=timezone.now()).content.decode()
        whole = teacher.get(address, headers=HTMX).content.decode()
        assert element(rows, f"student-{school.bob.pk}") == element(whole, f"student-{school.bob.pk}")


def test_the_rows_of_other_students_are_not_read(school, essay, client_of, rows_of, person, queries_of):
    teacher = client_of(school.course.teacher)
    for number in range(20):
        person(f"student{number}")
        enrolment = roster.enrol(None, school.course, username=f"student{number}")
        Progress.objects.create(enrolment=enrolment, task=essay, since=timezone.now())
    rows_of(teacher, [school.bob])
    answers.give_answer(school.bob.person, school.bob, essay, text="Done")

    queries = queries_of(lambda: rows_of(teacher, [school.bob]))

    progress = [sql for sql in queries if "courses_progress" in sql]
    assert len(progress) == 1 and f"IN ({school.bob.pk})" in progress[0].replace("`", "")
    assert len(queries) <= 10, queries
