"""The menu "Export" and the page of the grade book in Chromium."""

import os

import pytest
from playwright.sync_api import expect

from courses.tests.conftest import DEADLINE, complete_exercise
from kernel.testing.browser import assert_good, assert_good_turned, visit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PICTURES = os.environ.get("PICTURES", "")


def shoot(page, name):
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/{name}.png")


@pytest.mark.parametrize("width", [390, 1280])
def test_the_menu_of_every_page_opens_inside_the_window_and_closes(school, essay, browser_page, width):
    page = browser_page(school.course.teacher, width=width)
    base = f"/courses/{school.course.pk}/"
    for number, rest in enumerate(
        ["", "roster/", "tasks/", f"tasks/{school.first.pk}/", f"tasks/{essay.pk}/", "students/alice/"]
    ):
        visit(page, base + rest)
        menu = page.locator(".at-export")
        expect(menu).to_have_count(1)
        menu.locator("summary").click()
        expect(menu.get_by_role("link", name="XLSX").first).to_be_visible()
        shoot(page, f"menu-{number}-{width}")
        list_of_menu = "document.querySelector('.at-export .at-menu-list')"
        left, right = page.evaluate(f"(box => [box.left, box.right])({list_of_menu}.getBoundingClientRect())")
        assert 0 <= left < right <= width, rest
        assert_good(page)
        page.keyboard.press("Escape")
        expect(menu.get_by_role("link", name="XLSX").first).to_be_hidden()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_table_is_downloaded_also_without_scripts(school, browser_page, scripts):
    page = browser_page(school.course.teacher, scripts=scripts)
    page.goto(f"/courses/{school.course.pk}/?group=A1")
    page.locator(".at-export summary").click()
    with page.expect_download() as download:
        page.locator(".at-export").get_by_role("link", name="CSV").first.click()
    assert download.value.suggested_filename.startswith("strudon-matrix-")
    content = download.value.path().read_text("utf-8-sig")
    assert "alice" in content
    assert "bob" not in content


def test_the_rule_of_the_grade_book_is_chosen_shown_and_downloaded(school, browser_page, send_event):
    complete_exercise(send_event, "alice", at=DEADLINE)
    page = browser_page(school.course.teacher, scripts=False)
    page.goto(f"/courses/{school.course.pk}/")
    page.locator(".at-export summary").click()
    page.get_by_role("link", name="Grade book for Moodle").click()
    page.get_by_label("Points of a task").fill("20")
    page.get_by_label("Everything else, per cent").fill("0")
    page.get_by_label("Add the state").uncheck()
    page.get_by_role("button", name="Show the points").click()
    assert "points=20" in page.url
    with page.expect_download() as download:
        page.get_by_role("link", name="Download CSV").click()
    head, alice, _bob = download.value.path().read_text("utf-8-sig").splitlines()
    assert head == "First name,Last name,ID number,Email address,1.1 Exercice 1,1.2 Exercice 2"
    assert alice == "Alice,Martin,alice,alice@school.example,20,0"


@pytest.mark.parametrize("query", ["", "?points=0&late=200"])
def test_the_page_of_the_grade_book_is_good_in_every_theme_and_width(school, browser_page, query):
    status = 422 if query else 200
    for width, language in ((1280, "en"), (390, "fr")):
        page = browser_page(school.course.teacher, width=width, language=language)
        visit(page, f"/courses/{school.course.pk}/grades/{query}")
        if PICTURES:
            page.screenshot(path=f"{PICTURES}/grades-{status}-{width}.png", full_page=True)
        assert_good_turned(page, status=status)
