"""Pages of a course on A4 paper: nothing is cut, and nothing is wider than the paper."""

import re

import pytest
from django.utils import translation
from playwright.sync_api import expect

from courses.domain import course_tasks, roster
from courses.rules.statuses import STATUSES
from courses.tests.conftest import DEADLINE, complete_exercise
from kernel.testing.browser import visit, visit_live

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PORTRAIT, LANDSCAPE = 703, 1032  # CSS pixels of A4 within margins of 12 mm
WIDE = """(width) => [...document.querySelectorAll('body *')].filter((element) =>
  !element.closest('.visually-hidden, svg, .at-hush') && element.getBoundingClientRect().right > width + 1
).map((element) => `${element.tagName} ${element.className} ${element.textContent.trim().slice(0, 40)}`)"""
CUT = """() => [...document.querySelectorAll('main *')].filter((element) => {
  const { overflowX, overflowY, position } = getComputedStyle(element);
  const isShown = element.getClientRects().length && !element.closest('.visually-hidden, svg, .at-hush');
  const isCut = (overflowX !== 'visible' && element.scrollWidth > element.clientWidth + 1)
    || (overflowY !== 'visible' && element.scrollHeight > element.clientHeight + 1);
  return isShown && (isCut || position === 'sticky');
}).map((element) => `${element.tagName} ${element.className} ${element.textContent.trim().slice(0, 40)}`)"""


@pytest.fixture
def crowd(school, person):
    for number in range(30):
        person(f"student{number}", first_name="Maximiliane-Alexandra", last_name=f"von Hohenstein{number:02}")
        roster.enrol(None, school.course, username=f"student{number}", group_id="A1")
    return school


def paper_sizes(pdf):
    """Return the sizes of the pages of a PDF, in points."""
    sizes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf)
    return {(round(float(width)), round(float(height))) for width, height in sizes}


def count_pages(pdf):
    return len(re.findall(rb"/Type /Page\b", pdf))


def add_tasks(school, count):
    for number in range(count):
        title = f"Exercise {number} with a rather long title"
        course_tasks.add_task(None, school.course, path=f"/more/{number:02}", title=title, repo_path="/depot")


@pytest.mark.parametrize("tasks", [3, 12, 40])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_whole_matrix_fits_the_paper(crowd, browser_page, tasks, theme):
    add_tasks(crowd, tasks)
    page = browser_page(crowd.course.teacher, theme=theme)
    visit_live(page, f"/courses/{crowd.course.pk}/", "matrix")
    page.set_viewport_size({"width": LANDSCAPE, "height": 703})
    page.emulate_media(media="print")
    assert page.evaluate(WIDE, LANDSCAPE) == []
    assert page.evaluate(CUT) == []
    widths = page.locator("#matrix table").evaluate("table => [table.scrollWidth, table.parentElement.clientWidth]")
    assert widths[0] <= widths[1] + 1
    assert page.locator("#matrix .at-seen").first.is_visible()
    pdf = page.pdf(prefer_css_page_size=True)
    assert paper_sizes(pdf) == {(842, 595)}, "A4, turned"


def test_a_long_matrix_repeats_its_head_and_keeps_its_rows_whole(crowd, person, browser_page):
    add_tasks(crowd, 12)
    for number in range(60):
        person(f"more{number}", last_name=f"More{number:02}")
        roster.enrol(None, crowd.course, username=f"more{number}", group_id="A1")
    page = browser_page(crowd.course.teacher)
    visit_live(page, f"/courses/{crowd.course.pk}/", "matrix")
    pdf = page.pdf(prefer_css_page_size=True)
    assert paper_sizes(pdf) == {(842, 595)}
    assert 3 <= count_pages(pdf) <= 8, "92 students"
    page.emulate_media(media="print")
    head = page.locator("#matrix thead")
    assert head.evaluate("head => getComputedStyle(head).display") == "table-header-group"


@pytest.mark.parametrize("path", ["tasks/", "roster/", "grades/", "tasks/{task}/", "students/alice/"])
def test_other_pages_fit_the_paper(crowd, browser_page, send_event, path):
    add_tasks(crowd, 12)
    complete_exercise(send_event, "alice", at=DEADLINE)
    page = browser_page(crowd.course.teacher)
    page.goto(f"/courses/{crowd.course.pk}/{path.format(task=crowd.second.pk)}")
    page.set_viewport_size({"width": PORTRAIT, "height": 1032})
    page.emulate_media(media="print")
    assert page.evaluate(WIDE, PORTRAIT) == []
    assert page.evaluate(CUT) == []
    expect(page.locator("main .btn:visible, main .at-export:visible")).to_have_count(0)
    pdf = page.pdf(prefer_css_page_size=True)
    assert paper_sizes(pdf) == {(595, 842)}, "A4, upright"
    height = page.evaluate("document.documentElement.scrollHeight")
    assert 1 <= count_pages(pdf) <= height / 1032 + 2, "no empty pages"


# Words that run out of their cell, words that are broken, and sparklines beside their cell.
CROWDED = """() => [...document.querySelectorAll('#matrix tbody :is(.at-cell, .at-seen)')].filter((cell) => {
  const box = cell.getBoundingClientRect();
  const texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
  const parts = [...cell.querySelectorAll('svg')].map((part) => part.getBoundingClientRect());
  let isBroken = false;
  while (texts.nextNode()) {
    for (const { 0: word, index } of texts.currentNode.data.matchAll(/\\S+/g)) {
      const range = document.createRange();
      range.setStart(texts.currentNode, index);
      range.setEnd(texts.currentNode, index + word.length);
      parts.push(...range.getClientRects());
      isBroken ||= range.getClientRects().length > 1;
    }
  }
  return isBroken || parts.some(({ left, right, top, bottom }) =>
    left < box.left - 1 || right > box.right + 1 || top < box.top - 1 || bottom > box.bottom + 1);
}).map((cell) => cell.textContent.trim())"""


@pytest.mark.parametrize("language", ["en", "fr"])
def test_each_state_and_last_push_stays_in_its_cell(crowd, browser_page, language):
    add_tasks(crowd, 7)
    page = browser_page(crowd.course.teacher, language=language)
    visit(page, f"/courses/{crowd.course.pk}/")
    with translation.override(language):
        words = [str(status.word) for status in STATUSES if status.word]
    page.evaluate(
        """(words) => {
          document.querySelectorAll('#matrix .at-cell').forEach((cell, index) => {
            cell.lastChild.data = words[index % words.length];
          });
          document.querySelector('#matrix tbody .at-seen > div').firstChild.textContent = 'maintenant';
        }""",
        words,
    )
    page.set_viewport_size({"width": LANDSCAPE, "height": 703})
    page.emulate_media(media="print")
    assert page.evaluate(CROWDED) == []


def test_the_list_of_states_is_above_the_matrix_so_that_it_is_never_alone_on_a_page(crowd, browser_page):
    page = browser_page(crowd.course.teacher)
    visit(page, f"/courses/{crowd.course.pk}/")
    page.emulate_media(media="print")
    states, matrix = page.locator("main > p.at-only-print").bounding_box(), page.locator("#matrix").bounding_box()
    assert states["y"] + states["height"] <= matrix["y"]


def test_paper_is_white_also_in_the_dark_theme(crowd, browser_page):
    page = browser_page(crowd.course.teacher, theme="dark")
    page.goto(f"/courses/{crowd.course.pk}/")
    assert page.locator("html").get_attribute("data-bs-theme") == "dark"
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("html").get_attribute("data-bs-theme") == "light"
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("html").get_attribute("data-bs-theme") == "dark"
