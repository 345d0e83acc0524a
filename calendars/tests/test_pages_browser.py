"""The pages of calendar addresses in a browser, with and without scripts. The server is a thread of this process."""

import os
import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from calendars.models import CalendarAddress
from kernel.testing.browser import assert_good_turned

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NEW, ACCOUNT = "/account/calendar-addresses/new/", "/account/"
PICTURES = os.environ.get("CALENDAR_PICTURES", "")


@pytest.fixture
def site(thread_site, events):
    """The site in this process, which has the events of the tests."""
    return thread_site


@pytest.fixture
def open_page(browser_page):
    """`open_page(alice)` opens a browser of her own that may use the clipboard."""

    def opener(user, **display):
        page = browser_page(user, **display)
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        return page

    return opener


def make_address(page):
    page.goto(ACCOUNT)
    page.get_by_role("link", name="New address").click()
    page.get_by_role("button", name="Make the address").click()
    return page.locator("#calendar-address").inner_text()


def test_an_address_is_made_copied_and_revoked(open_page, alice):
    page = open_page(alice)
    address = make_address(page)
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == address
    expect(page.get_by_role("link", name="Open in a calendar app")).to_have_attribute("href", re.compile("^webcal:"))
    page.goto(ACCOUNT)
    page.get_by_role("button", name=re.compile("^Revoke")).click()
    expect(page.get_by_text("The address was revoked.")).to_be_visible()
    expect(page.get_by_text("No address yet.")).to_be_visible()


def test_without_scripts_there_is_no_button_that_does_nothing(open_page, alice):
    page = open_page(alice, scripts=False)
    assert make_address(page).endswith(".ics")
    expect(page.get_by_role("button", name="Copy")).to_be_hidden()


@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (390, "dark")])
def test_the_pages_are_accessible_and_fit(open_page, alice, courses, path_for, width, theme):
    courses[7] = ("Systems programming " * 4, ["alice"], [])
    for number, course_id in enumerate([None, 7, 7]):
        path_for(alice, course_id, form_key=str(number))
    CalendarAddress.objects.filter(course_id=None).update(read_at=timezone.now(), read_by="Thunderbird")
    page = open_page(alice, width=width, theme=theme)
    for name, show in (("account", ACCOUNT), ("new", NEW), ("made", "")):
        page.goto(show) if show else make_address(page)
        if PICTURES:
            page.screenshot(path=f"{PICTURES}/{name}-{width}-{theme}.png", full_page=True)
        assert_good_turned(page)
