"""Live fragments of pages: the topics they follow, and when the whole page must reload."""

import re
from html import unescape

import pytest
from django.urls import reverse

from courses.domain import courses, roster

pytestmark = pytest.mark.django_db


def part_of(client, page, part):
    """Return the topics of the element with this id, and the address of its fragment."""
    tag = re.search(rf'<\w+ [^>]*id="{part}"[^>]*>', client.get(page).content.decode())[0]
    return [unescape(re.search(rf'{name}="([^"]*)"', tag)[1]) for name in ("data-live", "hx-get")]


@pytest.mark.parametrize(("page", "part"), [("courses", "course-list"), ("home", "home-courses")])
def test_a_page_reloads_when_it_should_follow_another_course(school, client_of, page, part):
    client = client_of(school.alice.person)
    topics, address = part_of(client, reverse(page), part)
    assert topics == f"person:{school.alice.person_id} plan:{school.course.pk}"
    assert "HX-Refresh" not in client.get(address).headers

    teacher = school.course.teacher
    other = courses.create_course(
        teacher, teacher, semester_id=school.course.semester.semester_id, course_id="Other", title="Other"
    )
    roster.enrol(teacher, other, username="alice")

    assert client.get(address).headers["HX-Refresh"] == "true"
    assert f"plan:{other.pk}" in part_of(client, reverse(page), part)[0]


@pytest.mark.parametrize(("page", "part"), [("courses", "course-list"), ("home", "home-courses")])
def test_a_teacher_s_overview_follows_every_push(school, client_of, page, part):
    topics, _address = part_of(client_of(school.course.teacher), reverse(page), part)
    assert topics == f"person:{school.course.teacher.pk} course:{school.course.pk}"


def test_a_student_s_page_follows_the_plan_of_its_course(school, client_of):
    page = reverse("course-student", args=[school.course.pk, "alice"])
    topics, _address = part_of(client_of(school.alice.person), page, "desk")
    assert topics == f"person:{school.alice.person_id} plan:{school.course.pk}"
