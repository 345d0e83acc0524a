"""Rows of the pages of courses: one row alone has the same HTML as among others, and names are escaped once."""

import re
from datetime import UTC, datetime

import pytest
import time_machine

from courses.models import Activity
from courses.pages.drawing.matrix_rows import draw_matrix_rows
from courses.pages.matrix import build_matrix
from courses.pages.matrix_filters import MatrixFilters
from courses.pages.task_report import build_report
from courses.tests.conftest import DEADLINE, complete_exercise

NOW = datetime(2026, 11, 3, 14, 0, tzinfo=UTC)
NAME, TITLE = "{pk} %s <i>", "100 % & %(name)s {x}"


@pytest.fixture(autouse=True)
def frozen():
    with time_machine.travel(NOW, tick=False):
        yield


def test_the_matrix_draws_the_rows_of_some_students_as_those_of_the_page(school):
    matrix = build_matrix(school.course, MatrixFilters(), NOW)
    rows = [draw_matrix_rows(matrix, [row]) for row in matrix.rows]
    assert [row.count("<tr ") for row in rows] == [1, 1]
    assert "".join(rows) == draw_matrix_rows(matrix)


def test_the_name_of_a_student_and_the_title_of_a_task_are_escaped_once(school, client_of):
    school.first.title = TITLE
    school.first.save()
    person = school.alice.person
    person.first_name, person.last_name = NAME, ""
    person.save()
    pages = client_of(school.course.teacher)
    matrix = pages.get(f"/courses/{school.course.pk}/").content.decode()
    assert 'aria-label="{pk} %s &lt;i&gt;, 1.1 100 % &amp; %(name)s {x}: Overdue, not done"' in matrix
    assert f'id="c{school.alice.pk}-{school.first.pk}"' in matrix
    for address in (f"tasks/{school.first.pk}", "students/alice"):
        page = pages.get(f"/courses/{school.course.pk}/{address}/").content.decode()
        assert "<bdi>{pk} %s &lt;i&gt;</bdi>" in page
        assert "100 % &amp; %(name)s {x}" in page


def test_a_task_page_reads_values_and_no_model_object_for_each_student(school, monkeypatch):
    built = []
    monkeypatch.setattr(Activity, "from_db", lambda *values: built.append(values))
    report = build_report(school.first, NOW)
    assert {type(work.enrolment).__name__ for work in report.rows} == {"ListedStudent"}
    assert built == []


def test_the_lines_of_the_weeks_are_drawn_once_for_all_lanes(school, send_event, client_of):
    complete_exercise(send_event, "alice", at=DEADLINE)
    page = client_of(school.course.teacher).get(f"/courses/{school.course.pk}/students/alice/")
    text, weeks = page.content.decode(), page.context["timeline"].weeks
    assert text.count('class="t-day"') == len(weeks) - 1
    assert text.count('href="#lane-weeks"') == len(re.findall(r'class="at-plot"', text)) > 1
