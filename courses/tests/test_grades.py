"""The grade book for Moodle: the rule in the address, the preview, and the file."""

import csv
import io
from datetime import timedelta

import pytest

from accounts.models import AuditEvent
from courses.domain import courses, roster
from courses.rules import statuses
from courses.rules.points import PointsRule
from courses.tests.conftest import DEADLINE, complete_exercise

pytestmark = pytest.mark.django_db
RULE = PointsRule(20, late=50, started=10, overdue=0, other=None)


@pytest.mark.parametrize(
    ("status", "points"),
    [
        (statuses.DONE, 20), (statuses.UNPROVEN, 20), (statuses.LATE, 10), (statuses.UNPROVEN_LATE, 10),
        (statuses.STARTED, 2), (statuses.OVERDUE, 0), (statuses.REMOVED, 0), (statuses.TODO, None),
        (statuses.EXTENDED, None), (statuses.BLOCKED, None), (statuses.FAILING, None), (statuses.UNSYNCED, None),
    ],
)  # fmt: skip
def test_each_status_has_the_points_of_the_rule(status, points):
    assert RULE.points_of(status) == points


def test_every_status_of_a_task_is_in_the_table_above():
    covered = test_each_status_has_the_points_of_the_rule.pytestmark[0].args[1]
    assert {status for status, _points in covered} == set(statuses.STATUSES)


@pytest.fixture
def graded(school, send_event):
    """alice did the first exercise late; bob did nothing, and the deadline is over. Nobody began the second."""
    complete_exercise(send_event, "alice", at=DEADLINE + timedelta(days=1))
    return school


def grades(client, school, query=""):
    response = client.get(f"/courses/{school.course.pk}/grades.csv{query}")
    assert response.status_code == 200
    return list(csv.reader(io.StringIO(response.getvalue().decode("utf-8-sig"), newline="")))


def test_the_file_has_the_columns_of_moodle_and_the_points_of_the_rule(graded, client_of):
    head, *rows = grades(client_of(graded.course.teacher), graded, "?points=20&late=25&overdue=0&feedback=on")
    assert head == [
        "First name", "Last name", "ID number", "Email address",
        "1.1 Exercice 1", "1.1 Exercice 1 (Feedback)", "1.2 Exercice 2", "1.2 Exercice 2 (Feedback)",
    ]  # fmt: skip
    assert rows == [
        ["Alice", "Martin", "alice", "alice@school.example", "5", "Done late", "", "To do"],
        ["Bob", "Martin", "bob", "bob@school.example", "0", "Overdue, not done", "", "Blocked: no repository given"],
    ]
    assert len(grades(client_of(graded.course.teacher), graded, "?points=20")[0]) == 6


def test_the_file_has_the_separator_and_the_decimal_point_of_moodle_in_every_language(graded, client_of):
    teacher = graded.course.teacher
    teacher.language = "fr"
    teacher.save()
    text = client_of(teacher).get(f"/courses/{graded.course.pk}/grades.csv?points=5&late=50").getvalue().decode()
    assert ",2.5" in text and ";" not in text


def test_the_page_shows_the_rule_before_the_download_and_keeps_it_in_the_address(graded, client_of):
    page = client_of(graded.course.teacher).get(f"/courses/{graded.course.pk}/grades/?points=20&late=25&group=A1")
    book = page.context["book"]
    assert {line.status.key: (line.points, line.cells) for line in book.lines}["late"] == (5, 1)
    assert [name for name, _cells in book.preview] == ["Alice Martin"]
    assert page.context["file"].csv == f"/courses/{graded.course.pk}/grades.csv?points=20&late=25&group=A1"
    assert page.context["file"].csv.replace("&", "&amp;") in page.content.decode()


def test_without_a_rule_the_defaults_apply_and_are_shown(graded, client_of):
    page = client_of(graded.course.teacher).get(f"/courses/{graded.course.pk}/grades/")
    assert "points=100&late=50&started=0&overdue=0&feedback=on" in page.context["file"].csv
    assert 'value="100"' in page.content.decode()


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("points=0", "points"), ("points=", "points"), ("points=1e3", "points"), ("points=10&late=101", "late"),
        ("points=10&started=-1", "started"), ("points=10&group=nobody", "group"),
    ],
)  # fmt: skip
def test_a_wrong_rule_is_shown_at_its_field_and_exports_nothing(graded, client_of, query, field):
    client = client_of(graded.course.teacher)
    page = client.get(f"/courses/{graded.course.pk}/grades/?{query}")
    assert page.status_code == 422
    assert list(page.context["form"].errors) == [field]
    assert "grades.csv" not in page.content.decode()
    answer = client.get(f"/courses/{graded.course.pk}/grades.csv?{query}")
    assert (answer.status_code, answer["Location"]) == (302, f"/courses/{graded.course.pk}/grades/?{query}")
    assert not AuditEvent.objects.filter(verb="courses.export").exists()


def test_the_audit_event_has_the_rule(graded, client_of):
    grades(client_of(graded.course.teacher), graded, "?points=20&late=25")
    event = AuditEvent.objects.get(verb="courses.export")
    assert event.after == {"table": "grades", "format": "csv", "rows": 2, "rule": "points=20&late=25"}


def test_students_without_an_address_are_counted(graded, client_of):
    type(graded.bob.person).objects.filter(username="bob").update(email="")
    page = client_of(graded.course.teacher).get(f"/courses/{graded.course.pk}/grades/").content.decode()
    assert "1 student has no e-mail address here" in page


def test_the_page_of_an_empty_course_says_what_to_do(teacher, client_of):
    course = courses.create_course(teacher, teacher, semester_id="A2026", course_id="Empty", title="Empty")
    page = client_of(teacher).get(f"/courses/{course.pk}/grades/").content.decode()
    assert "No task yet" in page
    assert "Download" not in page


def test_the_page_needs_as_many_queries_for_many_students(graded, client_of, assert_flat, person):
    def grow():
        for number in range(20):
            person(f"s{number}")
            roster.enrol(None, graded.course, username=f"s{number}")

    client = client_of(graded.course.teacher)
    assert_flat(lambda: client.get(f"/courses/{graded.course.pk}/grades/"), grow)
