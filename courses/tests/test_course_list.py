"""The list of courses: its counts, and its pages and search for staff of a school with many courses."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from courses.domain import course_tasks, extensions, roster
from courses.domain import courses as course_commands
from courses.models import Course
from courses.pages.course_list import course_rows
from courses.pages.matrix import build_matrix
from courses.pages.matrix_filters import MatrixFilters
from courses.tests.conftest import DEADLINE, REPOSITORY_URL, complete_exercise
from courses.views.courses import PAGE_SIZE

NOW = datetime(2026, 11, 3, 14, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture
def frozen():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def read(school, staff, client_of):
    """A school with one page of courses and one course more: `read(page=2)` returns the titles and the HTML."""
    semester = school.course.semester
    Course.objects.bulk_create(
        Course(semester=semester, course_id=f"c{n}", title=f"Course {n:02}") for n in range(PAGE_SIZE)
    )
    client = client_of(staff)

    def load(path="/courses/", **query):
        response = client.get(path, query)
        assert response.status_code == 200
        return [row.course.title for row in response.context["course_rows"]], response.content.decode()

    return load


def counts(school):
    (row,) = course_rows([school.course], NOW)
    return row.students, row.tasks, row.never_pushed, row.failing, row.overdue


def test_a_row_counts_students_who_never_pushed_or_are_overdue_and_failing_repositories(
    frozen, school, send_event, charlie
):
    roster.enrol(None, school.course, username="charlie")
    assert counts(school) == (3, 2, 3, 0, 3)
    complete_exercise(send_event, "alice", at=DEADLINE - timedelta(days=2))
    send_event("OnCloneFailed", "bob", repoUrl=REPOSITORY_URL.format("bob"), repoPath="/depot", reason="not_found")
    assert counts(school) == (3, 2, 1, 1, 1)
    matrix = build_matrix(school.course, MatrixFilters(), NOW)
    assert (len(matrix.never_pushed), len(matrix.failing), len(matrix.overdue)) == (1, 1, 1)


def test_a_student_with_an_extension_is_not_overdue(frozen, school):
    assert counts(school)[4] == 2
    later = DEADLINE + timedelta(days=9)
    extensions.grant_extension(None, school.first, school.alice, deadline=later, reason="Ill")
    assert counts(school)[4] == 1


def test_the_list_takes_the_same_queries_for_one_course_and_ten(frozen, school, send_event, client_of, assert_flat):
    complete_exercise(send_event, "alice", at=DEADLINE - timedelta(days=2))
    teacher = school.course.teacher
    client = client_of(teacher)

    def grow():
        for index in range(9):
            course = course_commands.create_course(
                teacher, teacher, semester_id="A2026", course_id=f"c{index}", title="C"
            )
            course_tasks.add_task(teacher, course, path="/a", title="A", deadline=DEADLINE)
            roster.enrol(None, course, username="alice")

    assert_flat(lambda: client.get("/courses/"), grow)


def test_many_courses_come_in_pages_and_a_page_follows_its_own_courses(read, school, staff):
    titles, text = read()
    assert (len(titles), titles[0]) == (PAGE_SIZE, "Course 00")
    assert "Page 1 of 2 · 31 courses" in text
    topics = f'data-live="person:{staff.pk} {school.course.topic}"'
    assert topics not in text
    titles, text = read(page="2")
    assert titles == ["Structures"]
    assert topics in text
    assert "page=2&amp;heard=" in text, "after a change the open page is fetched again"
    assert read("/courses/_list/", page="2")[0] == ["Structures"]


@pytest.mark.parametrize("page", ["0", "x", "999999999999999999999"])
def test_a_wrong_page_number_shows_the_nearest_page(read, page):
    assert read(page=page)[0]


@pytest.mark.parametrize("words", ["structures", "strudon", "A2026 struct", "  STRUCT  "])
def test_a_search_finds_a_course_by_title_code_and_semester(read, words):
    assert read(q=words)[0] == ["Structures"]


@pytest.mark.parametrize("words", ["reseaux", "RÉSEAUX", "réseaux e\u0301te"])
def test_a_search_ignores_accents_and_case(read, school, words):
    Course.objects.create(semester=school.course.semester, course_id="net", title="Réseaux d’été")
    assert read(q=words)[0] == ["Réseaux d’été"]


def test_a_search_finds_a_course_by_its_teacher(read, teacher):
    assert "Structures" in read(q=teacher.last_name, page="2")[0]


def test_the_pages_keep_the_search_and_an_empty_result_links_to_all_courses(read):
    _titles, text = read(q="A2026")
    assert "?q=A2026&amp;page=2" in text
    titles, text = read(q="no such course\0")
    assert titles == []
    assert "No course matches" in text
    assert "All courses" in text
    assert 'value="no such course"' in text


def test_a_short_list_has_neither_pages_nor_a_search(school, client_of):
    text = client_of(school.course.teacher).get("/courses/").content.decode()
    assert 'name="q"' not in text
    assert "Page 1" not in text
