"""The timeline on paper: the drawing with its range, on landscape A4, and nothing of the phone's agenda."""

import re

import pytest
from playwright.sync_api import expect

from farm.tests.builders import many_machines

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PORTRAIT, LANDSCAPE = 794, 1032  # CSS pixels of A4, upright with its margins and turned without them


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("range", ["day", "week", "month"])
def test_the_timeline_is_printed_as_a_drawing(book, alice, browser_page, monday, width, range):
    book(alice, (0, 1), (0, 23), 4, purpose="my thesis")
    page = browser_page(alice, width=width)
    page.goto(f"/farm/?range={range}&day={monday:%Y-%m-%d}")
    title = page.locator(".at-when").text_content()
    page.emulate_media(media="print")
    for paper in (PORTRAIT, LANDSCAPE):
        page.set_viewport_size({"width": paper, "height": 1000})
        expect(page.locator(".at-tl-farm")).to_be_visible()
        expect(page.locator(".at-tl-farm .t-bar")).to_be_visible()
        expect(page.locator(".at-agenda")).to_be_hidden()
        expect(page.locator(".at-meta .at-only-print")).to_have_text(title)
        expect(page.locator("main .btn:visible, main .at-seg:visible")).to_have_count(0)
        assert page.locator(".at-tl-farm").evaluate("table => table.getBoundingClientRect().right <= innerWidth")
    pdf = page.pdf(prefer_css_page_size=True)
    sizes = set(re.findall(rb"/MediaBox \[0 0 (\d+)[\d.]* (\d+)[\d.]*\]", pdf))
    assert {(int(across), int(down)) for across, down in sizes} == {(841, 594)}, "A4, turned"


def test_the_paper_says_which_machines_are_not_loaded(alice, browser_page, transactional_db):
    many_machines(100, location="B12")
    page = browser_page(alice)
    page.goto("/farm/")
    page.emulate_media(media="print")
    last = page.locator(".at-tl-later").last
    expect(last).to_contain_text("Not loaded: scroll to the end of the page, then print.")
    expect(last.locator(".at-only-print")).to_be_visible()
    expect(last.locator(".at-free")).to_be_hidden()


def test_a_machine_and_own_bookings_fit_the_paper(book, alice, browser_page, monday):
    booked = book(alice, (0, 1), (0, 23), 4, purpose="my thesis")
    machine_path = f"/farm/machines/{booked.lines.get().machine_id}/?day={monday:%Y-%m-%d}"
    page = browser_page(alice)
    for path, paper in ((machine_path, (841, 594)), ("/farm/bookings/", (594, 841))):
        page.goto(path)
        page.emulate_media(media="print")
        expect(page.locator("main .at-export:visible, main .btn:visible")).to_have_count(0)
        pdf = page.pdf(prefer_css_page_size=True)
        sizes = set(re.findall(rb"/MediaBox \[0 0 (\d+)[\d.]* (\d+)[\d.]*\]", pdf))
        assert {(int(across), int(down)) for across, down in sizes} == {paper}
        assert 1 <= len(re.findall(rb"/Type /Page\b", pdf)) <= 3
        page.emulate_media(media="screen")
