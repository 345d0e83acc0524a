"""The list of courses where there are many, as staff of a school see it."""

import pytest

from courses.models import Course
from courses.views.courses import PAGE_SIZE

pytestmark = pytest.mark.django_db


@pytest.fixture
def read(school, staff, client_of):
    """The school has as many further courses as go on one page: `read(page=2)` gives the titles and the text."""
    made = [
        Course(semester=school.course.semester, course_id=f"c{n}", title=f"Course {n:02}") for n in range(PAGE_SIZE)
    ]
    Course.objects.bulk_create(made)
    client = client_of(staff)

    def load(path="/courses/", **query):
        answer = client.get(path, query)
        assert answer.status_code == 200
        return [card.course.title for card in answer.context["course_rows"]], answer.content.decode()

    return load


def test_many_courses_come_a_page_at_a_time_and_a_page_listens_for_its_own(read, school, staff):
    titles, text = read()
    assert (len(titles), titles[0]) == (PAGE_SIZE, "Course 00")
    assert "Page 1 of 2 · 31 courses" in text
    heard = f'data-live="person:{staff.pk} {school.course.topic}"'
    assert heard not in text
    titles, text = read(page="2")
    assert titles == ["Structures"]
    assert heard in text
    assert "page=2&amp;heard=" in text, "a live change fetches the page that is open"
    assert read("/courses/_list/", page="2")[0] == ["Structures"]


@pytest.mark.parametrize("page", ["0", "x", "999999999999999999999"])
def test_a_page_that_is_not_there_is_the_nearest_one(read, page):
    assert read(page=page)[0]


@pytest.mark.parametrize("words", ["structures", "strudon", "A2026 struct", "  STRUCT  "])
def test_a_course_is_found_by_its_names(read, words):
    assert read(q=words)[0] == ["Structures"]


@pytest.mark.parametrize("words", ["reseaux", "RÉSEAUX", "réseaux e\u0301te"])
def test_accents_and_case_do_not_keep_a_course_from_being_found(read, school, words):
    Course.objects.create(semester=school.course.semester, course_id="net", title="Réseaux d’été")
    assert read(q=words)[0] == ["Réseaux d’été"]


def test_a_course_is_found_by_its_teacher(read, teacher):
    assert "Structures" in read(q=teacher.last_name, page="2")[0]


def test_what_is_looked_for_goes_with_the_pages_and_nothing_found_leads_back(read):
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
