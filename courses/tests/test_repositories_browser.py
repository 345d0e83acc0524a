"""The pages about repositories that wait, moved or have other branches, in Chromium: accessible in every look."""

import os

import pytest
from django.urls import reverse

from courses.domain import student_repositories
from gitsync.models import LocalCopy, Repository
from kernel.testing.browser import assert_good_turned

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
FORGE = "git.school.example:8080"


@pytest.fixture
def repositories(school, settings, send_event):
    """Alice and bob wait with the same repository; alice's other one moved and has newer work on another branch."""
    settings.GIT_LOCAL_SERVERS = frozenset({FORGE})
    for enrolment in (school.alice, school.bob):
        student_repositories.give_repository(
            enrolment.person, enrolment, repo_path="/depot", url=f"http://{FORGE}/shared/strudon"
        )
    return school


@pytest.fixture
def moved(repositories, send_event):
    url = "https://git.example/alice/strudon.git"
    student_repositories.give_repository(repositories.alice.person, repositories.alice, repo_path="/depot", url=url)
    send_event("OnCloneFailed", repoUrl=url, repoPath="/depot", reason="redirected")
    LocalCopy.objects.filter(repository=Repository.objects.get(host="git.example")).update(
        status="failing",
        reason="redirected",
        detail="to /alice-martin/strudon.git/info/refs",
        branch="main",
        other_branches=[["master", 4]],
        chosen_branch="main",
    )
    return repositories


def look(page, name):
    if folder := os.environ.get("LOOK"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (390, "dark")])
def test_the_page_that_confirms_repositories(repositories, open_page, width, theme):
    teacher, course = repositories.course.teacher, repositories.course
    page = open_page(reverse("course-repositories-confirm", args=[course.pk]), teacher, width=width, theme=theme)
    look(page, f"confirm-{width}")
    assert_good_turned(page)
    page.get_by_role("button", name="Confirm all 2").click()
    assert page.get_by_text("2 repositories are confirmed").is_visible()
    look(page, f"confirmed-{width}")


@pytest.mark.parametrize(("width", "theme"), [(1280, "dark"), (390, "light")])
def test_the_student_s_pages_about_waiting_moves_and_branches(moved, open_page, width, theme):
    for person, student in ((moved.bob.person, "bob"), (moved.alice.person, "alice")):
        for at in ("", "repository/?at=/depot"):
            address = f"/courses/{moved.course.pk}/students/{student}/{at}"
            page = open_page(address, person, width=width, theme=theme)
            look(page, f"{student}-{'repository' if at else 'page'}-{width}")
            assert_good_turned(page)
    page = open_page(f"/courses/{moved.course.pk}/students/alice/", moved.course.teacher, width=width, theme=theme)
    look(page, f"teacher-{width}")
    assert_good_turned(page)
