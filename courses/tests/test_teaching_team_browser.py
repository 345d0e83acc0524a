"""The pages of the teaching team and of groups, and the form of a new course, in Chromium."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

from courses.domain import answers, groups, semesters, teaching_team
from courses.models import Course, Enrolment
from kernel.testing.browser import assert_good_turned, visit, visit_live

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def picture(page, name):
    """Keep a picture of the page where PICTURES names a folder."""
    if folder := os.environ.get("PICTURES"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


def test_an_assistant_of_one_group_is_added_by_clicking_without_scripts(school, person, browser_page):
    person("zoe", first_name="Zoé")
    page = browser_page(school.course.teacher, width=390, scripts=False)
    visit(page, f"/courses/{school.course.pk}/roster/")
    page.get_by_role("link", name="Teachers and assistants").click()
    page.get_by_label("Find a person").fill("zoe")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("link", name="Choose Zoé Martin").click()
    expect(page.get_by_role("heading", name="Zoé Martin")).to_be_visible()
    page.get_by_label("A2").check()
    picture(page, "team-member-390")
    page.get_by_role("button", name="Add to the course").click()
    expect(page.get_by_text("Zoé Martin, Assistant: saved.")).to_be_visible()
    page.get_by_role("link", name="Remove Zoé Martin").click()
    page.get_by_role("button", name="Remove from the course").click()
    expect(page.get_by_text("This course has no assistant.")).to_be_visible()


def test_an_open_page_shows_a_new_member_at_once(school, person, browser_page):
    page = browser_page(school.course.teacher)
    visit_live(page, f"/courses/{school.course.pk}/team/", "team")
    person("colleague", kind="teacher")
    teaching_team.add_to_team(None, school.course, username="colleague", role="teacher")
    expect(page.get_by_role("link", name="Change Colleague Martin")).to_be_visible()


def test_an_open_matrix_of_an_assistant_shows_their_students_only(school, essay, person, browser_page):
    helper = person("helper")
    teaching_team.add_to_team(None, school.course, username="helper", role="assistant", group_ids=["A1"])
    page = browser_page(helper)
    visit_live(page, f"/courses/{school.course.pk}/", "matrix")
    answers.give_answer(school.bob.person, school.bob, essay, text="Done")
    answers.give_answer(school.alice.person, school.alice, essay, text="Done")
    expect(page.locator(f"#head-{essay.pk} small")).to_contain_text("1 of 1 done")
    expect(page.locator(f"#student-{school.alice.pk}")).to_have_count(1)
    expect(page.get_by_text("Bob Martin")).to_have_count(0)


def test_the_code_follows_the_title_while_it_is_typed(teacher, browser_page):
    semesters.create_semester(teacher, teacher, title="Printemps 2027", semester_id="P2027")
    page = browser_page(teacher)
    visit(page, "/courses/new/")
    page.get_by_label("Title").fill("Cœur des Données, 2")
    expect(page.get_by_label("Course code")).to_have_attribute("placeholder", "coeur-des-donnees-2")
    page.get_by_label("Semester", exact=True).fill("Printemps 2027")
    expect(page.get_by_label("Semester code")).to_have_attribute("placeholder", "P2027")
    page.get_by_label("Semester", exact=True).fill("Automne 2026")
    expect(page.get_by_label("Semester code")).to_have_attribute("placeholder", "automne-2026")
    picture(page, "course-new-1280")
    page.get_by_role("button", name="Create the course").click()
    expect(page.get_by_role("heading", name="Tasks", exact=True)).to_be_visible()
    assert Course.objects.get().course_id == "coeur-des-donnees-2"


@pytest.mark.parametrize("path", ["team/?q=martin", "groups/", "team/add/zoe/", "settings/"])
def test_the_pages_are_good_in_both_themes_and_widths(school, person, browser_page, path):
    person("zoe")
    person("colleague", kind="teacher")
    groups.create_group(None, school.course, title="Mardi matin, salle 3")
    teaching_team.add_to_team(None, school.course, username="colleague", role="teacher")
    person("helper")
    teaching_team.add_to_team(None, school.course, username="helper", role="assistant", group_ids=["A1", "A2"])
    page = browser_page(school.course.teacher)
    visit(page, f"/courses/{school.course.pk}/{path}")
    name = path.strip("/").replace("/", "-").partition("?")[0]
    picture(page, f"{name}-1280")
    assert_good_turned(page)
    picture(page, f"{name}-turned")
    assert Enrolment.objects.filter(role="assistant").exists()
