"""The timeline in a browser whose zone data lack the name of the page's zone."""

import re

import pytest
from playwright.sync_api import expect

from farm.tests.browser.driver import bar_of, expect_toast, span_of
from kernel.testing.browser import assert_quiet

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
OLD_ZONE_DATA = """
  const Real = Intl.DateTimeFormat;
  Intl.DateTimeFormat = class extends Real {
    constructor(language, options) {
      if (options?.timeZone && options.timeZone !== "UTC") throw new RangeError("Invalid time zone specified");
      super(language, options);
    }
  };
"""


def test_a_booking_is_moved_and_the_days_are_paged(timeline, browser_page, gpu_machine, book, alice, when, monday):
    row = book(alice, (1, 9), (1, 18), 8)
    page = timeline(alice)
    page.add_init_script(OLD_ZONE_DATA)
    page.reload()
    bar_of(page, row).focus()
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    expect(page.locator("#timeline-said")).to_contain_text("10:00 – ")
    expect(page.locator("#timeline-said")).to_contain_text("19:00: fits")
    page.keyboard.press("Enter")
    expect_toast(page, "Moved")
    assert span_of(row) == (when(1, 10), when(1, 19))
    assert_quiet(page)
    page.evaluate("document.activeElement.blur()")
    page.goto(page.url.partition("?")[0])
    page.keyboard.press("ArrowRight")
    page.wait_for_url(re.compile(r"day=\d{4}-\d\d-\d\d"))
