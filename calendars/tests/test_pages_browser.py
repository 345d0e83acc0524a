"""The pages of calendar addresses in a browser, with and without scripts. The server is a thread of this process."""

import os
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.test.testcases import LiveServerThread
from django.utils import timezone
from playwright.sync_api import expect

from calendars.models import CalendarAddress
from kernel.testing.browser import NARROW, WIDE, assert_good_turned, record_problems
from kernel.testing.site_server import Site

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NEW, ACCOUNT = "/account/calendar-addresses/new/", "/account/"
PICTURES = os.environ.get("CALENDAR_PICTURES", "")


@pytest.fixture
def server(transactional_db, events):
    """The address of a server in a thread of this process."""
    thread = LiveServerThread("127.0.0.1", StaticFilesHandler, connections_override={})
    thread.daemon = True
    thread.start()
    thread.is_ready.wait()
    assert thread.error is None
    yield f"http://127.0.0.1:{thread.port}"
    thread.terminate()


@pytest.fixture
def open_page(server, new_context):
    """`open_page(alice)` opens a page in a browser of her own."""

    def opener(user, *, size=WIDE, theme="light", scripts=True):
        site = Site(server, Path())
        context = new_context(
            base_url=site.url,
            viewport=size,
            color_scheme=theme,
            reduced_motion="reduce",
            locale="en",
            java_script_enabled=scripts,
            permissions=["clipboard-read", "clipboard-write"],
        )
        context.add_cookies([site.cookie(user)])
        page = context.new_page()
        record_problems(page)
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


@pytest.mark.parametrize(("size", "theme"), [(WIDE, "light"), (NARROW, "dark")], ids=["wide", "narrow"])
def test_the_pages_are_accessible_and_fit(open_page, alice, courses, path_for, size, theme):
    courses[7] = ("Systems programming " * 4, ["alice"], [])
    for number, course_id in enumerate([None, 7, 7]):
        path_for(alice, course_id, form_key=str(number))
    CalendarAddress.objects.filter(course_id=None).update(read_at=timezone.now(), read_by="Thunderbird")
    page = open_page(alice, size=size, theme=theme)
    for name, show in (("account", ACCOUNT), ("new", NEW), ("made", "")):
        page.goto(show) if show else make_address(page)
        if PICTURES:
            page.screenshot(path=f"{PICTURES}/{name}-{size['width']}-{theme}.png", full_page=True)
        assert_good_turned(page)
