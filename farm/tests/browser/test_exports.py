"""The menu "Export" on the pages of the farm: it opens inside the window, also on a phone."""

import os

import pytest
from playwright.sync_api import expect

from kernel.testing.browser import assert_good, visit, visit_live
from live.publish import publish

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("width", [390, 1280])
def test_the_menu_of_every_page_opens_inside_the_window(book, alice, browser_page, monday, width):
    booked = book(alice, (0, 1), (0, 23), 4, purpose="my thesis")
    page = browser_page(alice, width=width)
    for name, path in {
        "timeline": "/farm/",
        "machine": f"/farm/machines/{booked.lines.get().machine_id}/",
        "mine": "/farm/bookings/",
    }.items():
        visit(page, path)
        menu = page.locator(".at-export")
        menu.locator("summary").click()
        link = menu.get_by_role("link", name="CSV")
        expect(link).to_be_visible()
        if "PICTURES" in os.environ:
            page.screenshot(path=f"{os.environ['PICTURES']}/{name}-{width}.png")
        box = menu.locator(".at-menu-list").bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert_good(page)
        with page.expect_download() as download:
            link.click()
        assert download.value.suggested_filename.endswith(".csv")


def test_an_open_menu_stays_open_when_the_page_is_fetched_again(book, alice, browser_page):
    book(alice, (0, 1), (0, 23), 4)
    page = browser_page(alice)
    visit_live(page, "/farm/bookings/", "farm-mine")
    page.locator(".at-export summary").click()
    with page.expect_response("**/farm/bookings/"):
        publish(f"person:{alice.pk}")
        page.wait_for_timeout(1500)
    expect(page.locator(".htmx-request, .htmx-swapping, .htmx-settling")).to_have_count(0)
    expect(page.locator(".at-export").get_by_role("link", name="CSV")).to_be_visible()
    expect(page.locator(".at-export")).to_have_count(1)
