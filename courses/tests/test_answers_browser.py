"""Answers in Chromium: live updates while a student types, and ticks that both sides see at once."""

import pytest
from playwright.sync_api import expect

from courses.domain import answers, course_tasks
from courses.tests.browser_helpers import refetch
from kernel.testing.browser import DISPLAY_VARIANTS, assert_good, assert_good_turned, visit, visit_live

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def essay(school):
    return course_tasks.add_task(None, school.course, path="/essay", title="Essay", asks_for="text")


def test_a_live_update_keeps_the_text_that_a_student_is_typing(school, essay, browser_page):
    page = browser_page(school.alice.person)
    visit_live(page, f"/courses/{school.course.pk}/tasks/{essay.pk}/own/", "standing")
    field = page.get_by_label("Your text")
    field.fill("Half a sent")
    answers.give_answer(school.alice.person, school.alice, essay, text="From another window")
    expect(page.locator("#standing")).to_contain_text("given")
    expect(field).to_be_focused()
    expect(field).to_have_value("Half a sent")
    assert_good(page)


def test_a_live_update_keeps_a_text_unfolded(school, essay, browser_page):
    answers.give_answer(school.alice.person, school.alice, essay, text="Long " * 200)
    page = browser_page(school.course.teacher)
    visit_live(page, f"/courses/{school.course.pk}/tasks/{essay.pk}/", "report")
    page.locator("#students summary[dir=auto]").click()
    refetch(page, "report")
    expect(page.locator("#students details:has(summary[dir=auto])")).to_have_attribute("open", "")


def test_the_student_and_the_teacher_see_a_tick_at_once(school, browser_page):
    course_tasks.add_task(None, school.course, path="/rules", title="Rules", asks_for="tick")
    teacher, student = browser_page(school.course.teacher), browser_page(school.alice.person)
    visit_live(teacher, f"/courses/{school.course.pk}/", "matrix")
    student.goto(f"/courses/{school.course.pk}/")
    box = student.get_by_role("checkbox", name="Done Rules")
    expect(box).not_to_be_checked()
    box.click()
    expect(box).to_be_checked()
    expect(teacher.locator("#matrix tbody .at-done")).to_have_count(1)
    box.click()
    expect(box).not_to_be_checked()
    expect(teacher.locator("#matrix tbody .at-done")).to_have_count(0)


@pytest.mark.parametrize("look", DISPLAY_VARIANTS, ids=lambda look: look["theme"])
def test_the_pages_with_answers_fit_every_width_and_theme_and_are_accessible(school, essay, browser_page, look):
    rules = course_tasks.add_task(None, school.course, path="/rules", title="Rules", asks_for="tick")
    answers.give_answer(school.alice.person, school.alice, essay, text="Long and_wide_" * 50)
    answers.give_answer(school.alice.person, school.alice, rules)
    home = f"/courses/{school.course.pk}"
    for reader, paths in (
        (school.alice.person, [f"{home}/tasks/{essay.pk}/own/", f"{home}/tasks/{rules.pk}/own/"]),
        (school.course.teacher, [f"{home}/tasks/{essay.pk}/", f"{home}/tasks/{rules.pk}/"]),
        (school.alice.person, [f"{home}/students/alice/"]),
        (school.course.teacher, [f"{home}/students/alice/"]),
    ):
        page = browser_page(reader, **look)
        for path in paths:
            visit(page, path)
            for fold in page.locator("main details").all():
                fold.evaluate("fold => fold.open = true")
            assert_good_turned(page)
        page.context.close()


def test_the_check_of_a_repository_fits_on_a_phone_in_french(school, send_event, browser_page):
    send_event("OnCloneFailed", "alice", repoUrl="https://git.example/alice.git", repoPath="/depot", reason="not_found")
    type(school.alice.person).objects.filter(pk=school.alice.person.pk).update(language="fr")
    page = browser_page(school.alice.person, width=390)
    visit(page, f"/courses/{school.course.pk}/students/alice/repository/?at=/depot")
    expect(page.get_by_text("Nombre de commits inconnu")).to_be_visible()
    assert_good(page)
