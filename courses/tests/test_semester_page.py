"""The page on which a teacher sets the days of a semester, from one of its courses or without a course."""

from datetime import date

import pytest
from django.urls import reverse

from courses.domain import courses, roster, semesters
from courses.models import Semester

DAYS = {"title": "Autumn", "starts_on": "2026-09-01", "ends_on": "2026-12-20"}


@pytest.fixture
def addresses(school):
    return [reverse("course-semester", args=[school.course.pk]), reverse("semester", args=[school.course.semester_id])]


@pytest.mark.parametrize("which", [0, 1])
def test_a_teacher_sets_the_days_and_returns_to_the_page_before(school, addresses, client_of, which):
    client = client_of(school.course.teacher)
    before = [reverse("course-tasks", args=[school.course.pk]), reverse("course-new")][which]
    assert f'href="{addresses[which]}"' in client.get(before).content.decode()

    assert client.post(addresses[which], DAYS).headers["Location"] == before
    semester = Semester.objects.get()
    assert (semester.title, semester.starts_on, semester.ends_on) == ("Autumn", date(2026, 9, 1), date(2026, 12, 20))
    assert "1 September 2026 to 20 December 2026" in client.get(before).content.decode()
    assert 'value="2026-09-01"' in client.get(addresses[which]).content.decode()


@pytest.mark.parametrize(
    ("wrong", "fields"),
    [
        ({"ends_on": "2026-08-01"}, ["ends_on"]),
        ({"starts_on": "0001-01-01"}, ["starts_on"]),
        ({"title": "x" * 121, "starts_on": "soon", "ends_on": "31/12"}, ["title", "starts_on", "ends_on"]),
    ],
)
def test_each_error_stands_at_its_field(school, addresses, client_of, wrong, fields):
    for address in addresses:
        response = client_of(school.course.teacher).post(address, DAYS | wrong)
        assert response.status_code == 422
        assert list(response.context["form"].errors) == fields
    assert Semester.objects.get().starts_on is None


def test_only_its_teacher_and_staff_change_a_semester(school, addresses, client_of, person, charlie, staff):
    roster.enrol(None, school.course, username="charlie", role="assistant")
    other = person("other", kind="teacher")
    courses.create_course(other, other, semester_id="A2026", course_id="Other", title="Other")
    for reader, expected in ((charlie, [403, 404]), (school.alice.person, [403, 404]), (other, [404, 404])):
        assert [client_of(reader).post(address, DAYS).status_code for address in addresses] == expected
    assert not Semester.objects.exclude(starts_on=None).exists()
    assert [client_of(staff).post(address, DAYS).status_code for address in addresses] == [302, 302]


def test_the_task_list_shows_an_assistant_the_days_without_a_link_to_change_them(school, addresses, client_of, charlie):
    roster.enrol(None, school.course, username="charlie", role="assistant")
    semesters.change_semester(None, school.course.semester, starts_on=date(2026, 9, 1))
    page = client_of(charlie).get(reverse("course-tasks", args=[school.course.pk])).content.decode()
    assert "from 1 September 2026" in page
    assert addresses[0] not in page


def test_staff_who_teach_nothing_return_to_a_page_they_may_open(school, addresses, client_of, person):
    client = client_of(person("desk", is_staff=True))
    assert client.get(client.post(addresses[1], DAYS).headers["Location"]).status_code == 200
