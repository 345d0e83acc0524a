"""The page of a student's files in Chromium: two widths, both themes, the keyboard alone, and without scripts."""

import re

import pytest
from playwright.sync_api import expect

from courses.tests.conftest import AFTER, BEFORE
from kernel.testing.browser import DISPLAY_VARIANTS, assert_good_turned, visit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CODE = '''"""Reads a file in blocks."""
import os

BLOCK = 4096  # bytes


def read(path: str) -> bytes:
    # a comment with a very long line that does not fit into the narrow window of a phone, so that the box scrolls
    with open(path, "rb") as stream:
        return stream.read(BLOCK)
'''


@pytest.fixture
def work(school, push_work):
    """Alice has three files before the deadline, and one of them changed after it. Bob has none."""
    folder = push_work("alice")
    folder.write("tp1/exercice1/src/blocks.py", CODE)
    folder.write("tp1/exercice1/Makefile", "all:\n\tpython3 src/blocks.py\n")
    folder.commit("reads a block", at=BEFORE - 80_000)
    folder.write("tp1/exercice1/README.md", "# Blocks\n")
    folder.commit("read me", at=BEFORE)
    folder.write("tp1/exercice1/src/blocks.py", CODE.replace("4096", "8192") + "\n\nprint(read('x'))\n")
    folder.commit("larger blocks", at=AFTER)
    push_work.read(folder, "alice")
    return folder


@pytest.fixture
def path(school, work_task):
    return f"/courses/{school.course.pk}/tasks/{work_task.pk}/work/alice/"


@pytest.mark.parametrize("variant", DISPLAY_VARIANTS, ids=str)
@pytest.mark.parametrize("query", ["?file=tp1/exercice1/src/blocks.py", "?state=after", "?state=between", "?commit=1"])
def test_every_state_has_no_problems_and_fits(work, school, path, browser_page, variant, query):
    page = browser_page(school.course.teacher, **variant)
    visit(page, path + query)
    assert_good_turned(page)


def test_the_page_without_a_repository_has_no_problems_and_fits(work, school, path, browser_page):
    page = browser_page(school.course.teacher)
    visit(page, path.replace("alice", "bob"))
    assert_good_turned(page)


def test_the_keyboard_alone_goes_through_students_files_and_states(work, school, path, browser_page):
    page = browser_page(school.course.teacher)
    visit(page, path)
    heading = page.get_by_role("heading", level=2).first
    expect(heading).to_have_text("tp1/exercice1/Makefile")
    page.keyboard.press("]")
    expect(heading).to_have_text("tp1/exercice1/README.md")
    page.keyboard.press("[")
    expect(heading).to_have_text("tp1/exercice1/Makefile")
    page.keyboard.press("2")
    expect(page).to_have_url(re.compile("state=now"))
    page.keyboard.press("3")
    expect(heading).to_have_text("What came after the deadline")
    page.keyboard.press("j")
    expect(page).to_have_url(re.compile(r"/work/bob/\?state=after"))
    page.keyboard.press("k")
    expect(page).to_have_url(re.compile(r"/work/alice/\?state=after"))
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys of this page")).to_be_visible()
    page.keyboard.press("j")
    expect(page).to_have_url(re.compile("/work/alice/"))
    page.get_by_label("Use these keys").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    expect(page).to_have_url(re.compile("/work/alice/"))
    assert page.evaluate("localStorage.getItem('atelier.single-keys')") == "off"


def test_a_line_can_be_linked_and_is_marked(work, school, path, browser_page):
    page = browser_page(school.course.teacher)
    visit(page, f"{path}?file=tp1/exercice1/src/blocks.py")
    page.locator("#L7 a").click()
    expect(page).to_have_url(re.compile("#L7$"))
    background = "row => getComputedStyle(row.lastElementChild).backgroundColor"
    assert page.locator("#L7").evaluate(background) != page.locator("#L8").evaluate(background)


def test_without_scripts_two_commits_are_compared_by_a_button(work, school, path, browser_page):
    page = browser_page(school.course.teacher, scripts=False)
    page.goto(path)
    page.get_by_role("link", name="Between two commits").click()
    page.get_by_label("From").select_option(index=2)
    page.get_by_label("To").select_option(index=1)
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("heading", name="tp1/exercice1/README.md")).to_be_visible()
    expect(page.locator("dialog, [data-work-keys]")).to_have_count(2)
    expect(page.locator("[data-work-keys]")).to_be_hidden()
