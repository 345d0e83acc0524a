"""The matrix and the page of a task in Chromium: what a live update leaves alone, and filters that need no reload."""

import pytest
from playwright.sync_api import expect

from courses import roster
from kernel.testing.browser import visit_live

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LIVE = "id => document.getElementById(id).dispatchEvent(new CustomEvent('live', {detail: {topics: []}}))"
SCROLLED = """[scrollY, ...[...document.querySelectorAll('.at-over, .at-scroller')]
  .flatMap(box => [box.scrollLeft, box.scrollTop])]"""


@pytest.fixture
def crowd(school, person):
    for number in range(40):
        person(f"student{number}", last_name=f"Martin{number:02}")
        roster.enrol(None, school.course, username=f"student{number}", group_id="A1")
    return school


def fetched_again(page, part):
    with page.expect_response(lambda answer: answer.request.headers.get("hx-target") == part):
        page.evaluate(LIVE, part)
    expect(page.locator(".htmx-request, .htmx-swapping, .htmx-settling")).to_have_count(0)


@pytest.mark.parametrize("scrolled", [300, 1500])
def test_a_live_update_leaves_the_page_and_its_tables_where_they_were_scrolled(crowd, browser_page, scrolled):
    page = browser_page(crowd.course.teacher, width=390)
    visit_live(page, f"/courses/{crowd.course.pk}/tasks/{crowd.first.pk}/", "report")
    link = page.locator("#students tbody a").last
    link.evaluate("link => link.focus()")
    page.evaluate("document.querySelector('#students .at-over').scrollLeft = 40")
    page.evaluate("top => scrollTo({top, behavior: 'instant'})", scrolled)
    before = page.evaluate(SCROLLED)
    assert (before[0], 40 in before) == (scrolled, True)

    fetched_again(page, "report")

    assert page.evaluate(SCROLLED) == before
    expect(link).to_be_focused()  # and not the other link to the same student, further up
