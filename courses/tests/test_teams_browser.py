"""The pages of teams in Chromium: readable on a phone, and usable without scripts."""

import os

import pytest
from playwright.sync_api import expect

from courses.domain import student_repositories, team_repositories, teams
from courses.models import Team
from courses.tests.conftest import DEADLINE, commit
from kernel.testing.browser import assert_good, visit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PICTURES = os.environ.get("PICTURES", "")
URL = "https://git.example/team/strudon.git"


@pytest.mark.parametrize("width", [390, 1280])
def test_the_pages_of_teams_are_good(school, browser_page, send_event, width):
    members = [school.alice.pk, school.bob.pk]
    team = teams.create_team(school.course.teacher, school.course, title="Les pingouins", members=members)
    team_repositories.give_team_repository(school.course.teacher, team, repo_path="/depot", url=URL)
    send_event("OnClone", repoUrl=URL, repoPath="/depot")
    work = [commit("a1" * 20, DEADLINE, ("/tp1/exercice1", 5))]
    send_event("OnNewCommits", repoUrl=URL, repoPath="/depot", commits=work)
    page = browser_page(school.course.teacher, width=width)
    base = f"/courses/{school.course.pk}/"
    for name, rest in (
        ("teams", "teams/"),
        ("team", f"teams/{team.pk}/"),
        ("matrix", ""),
        ("task", f"tasks/{school.first.pk}/"),
        ("student", "students/alice/"),
        ("roster", "roster/"),
    ):
        visit(page, base + rest)
        if PICTURES:
            page.screenshot(path=f"{PICTURES}/{name}-{width}.png", full_page=True)
        assert_good(page)


def test_students_who_share_a_repository_become_a_team_without_scripts(school, browser_page):
    for student in (school.alice, school.bob):
        student_repositories.give_repository(student.person, student, repo_path="/depot", url=URL)
    page = browser_page(school.course.teacher, scripts=False)
    page.goto(f"/courses/{school.course.pk}/teams/")
    page.get_by_role("button", name="Make them a team").click()
    expect(page.get_by_label("Address of the repository")).to_have_value(URL)
    assert Team.objects.get().members.count() == 2


@pytest.mark.parametrize("width", [390, 1280])
def test_the_teacher_says_on_the_page_of_confirmations_who_works_together(school, browser_page, settings, width):
    settings.GIT_LOCAL_SERVERS = frozenset({"git.school.example", "git.school.example:443"})
    for student in (school.alice, school.bob):
        student_repositories.give_repository(
            student.person, student, repo_path="/depot", url="https://git.school.example/team/strudon"
        )
    page = browser_page(school.course.teacher, width=width)
    visit(page, f"/courses/{school.course.pk}/repositories/confirm/")
    assert_good(page)
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/together-{width}.png", full_page=True)
    page.get_by_role("button", name="They work together").first.click()
    expect(page.get_by_text("is a team now")).to_be_visible()
    assert set(Team.objects.get().members.values_list("pk", flat=True)) == {school.alice.pk, school.bob.pk}
