"""The hook address of a course: who reads it, who replaces it, and what pages show when the Git module is elsewhere."""

import pytest
from django.urls import reverse
from django.utils.html import escape

from accounts.models import AuditEvent
from courses.domain import hook_addresses, roster
from courses.git import git_module
from gitsync.models import HookAddress
from kernel.errors import NotAllowed, Unknown


@pytest.fixture
def repositories_page(school):
    return reverse("course-repositories", args=[school.course.pk])


@pytest.fixture
def new_page(school):
    return reverse("course-hook-new", args=[school.course.pk])


def test_those_who_see_the_class_read_it_and_only_teacher_and_staff_get_the_link_to_replace_it(
    school, client_of, charlie, staff, repositories_page, new_page
):
    roster.enrol(None, school.course, username="charlie", role="assistant")
    hook = git_module.hook_address(school.course)
    for person, may_change in ((school.course.teacher, True), (staff, True), (charlie, False)):
        page = client_of(person).get(repositories_page).content.decode()
        assert hook.url in page and escape(hook.secret) in page
        assert (new_page in page) == may_change


def test_only_the_students_of_the_course_read_it_on_their_own_page(school, client_of, person):
    hook = git_module.hook_address(school.course)
    for student in (school.alice, school.bob):
        url = reverse("course-repository", args=[school.course.pk, student.person.username]) + "?at=/depot"
        page = client_of(student.person).get(url).content.decode()
        assert hook.url in page and escape(hook.secret) in page
        for other in (person("stranger" + student.person.username), person(f"t-{student.pk}", kind="teacher")):
            assert hook.url not in client_of(other).get(url).content.decode()


def test_the_teacher_replaces_it_after_reading_what_stops_working(school, client_of, new_page, repositories_page):
    before = git_module.hook_address(school.course)
    client = client_of(school.course.teacher)
    page = client.get(new_page).content.decode()
    assert "stop working at once" in page and "must paste the new one" in page
    assert git_module.hook_address(school.course) == before, "reading changes nothing"
    response = client.post(new_page)
    assert (response.status_code, response.url) == (302, repositories_page)
    after = git_module.hook_address(school.course)
    assert after.url != before.url and after.secret != before.secret
    page = client.get(repositories_page).content.decode()
    assert after.url in page and before.url not in page
    event = AuditEvent.objects.get(verb="gitsync.renew_hook_address")
    assert event.actor == school.course.teacher


def test_a_student_or_an_assistant_cannot_replace_it(school, client_of, charlie, new_page):
    roster.enrol(None, school.course, username="charlie", role="assistant")
    before = git_module.hook_address(school.course)
    for person in (school.alice.person, charlie):
        assert client_of(person).post(new_page).status_code == 403
        with pytest.raises(NotAllowed):
            hook_addresses.renew_hook_address(person, school.course)
    assert git_module.hook_address(school.course) == before


def test_a_git_module_elsewhere_has_its_own_address_and_none_is_created_here(
    school, client_of, settings, repositories_page, new_page
):
    settings.GIT_MODULE_URL = "https://git-module.example/"
    client = client_of(school.course.teacher)
    page = client.get(repositories_page).content.decode()
    assert "https://git-module.example/_git_hook" in page and new_page not in page and "whsec_" not in page
    assert client.get(new_page).status_code == client.post(new_page).status_code == 404
    with pytest.raises(Unknown):
        hook_addresses.renew_hook_address(school.course.teacher, school.course)
    assert not HookAddress.objects.exists()
