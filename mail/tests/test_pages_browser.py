"""The choices of notices in a browser, with and without scripts. The server is a thread: the kinds are of the tests."""

import os
import re

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import expect

from kernel.testing.browser import assert_good, assert_good_turned
from kernel.testing.people import PASSWORD
from mail import choices

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PAGE = "/account/notices/"
PICTURES = os.environ.get("MAIL_PICTURES", "")


@pytest.fixture
def site(thread_site):
    """The site in this process, which has the kinds of the tests."""
    return thread_site


@pytest.fixture
def visit(browser_page):
    """`visit(path, alice)` opens a page in a browser of her own."""

    def opener(path, user=None, *, width=1280, theme="light", scripts=True):
        page = browser_page(user, width=width, theme=theme, scripts=scripts)
        page.goto(path)
        if PICTURES:
            name = path.strip("/").replace("/", "-")[:20]
            page.screenshot(path=f"{PICTURES}/{name}-{width}-{theme}.png", full_page=True)
        return page

    return opener


def test_a_choice_is_saved_as_one_chooses(visit, alice):
    page = visit(PAGE, alice)
    page.get_by_role("radio", name="Something happened: Never").check()
    expect(page.locator("#notices-saved")).to_have_text("Saved")
    expect(page.get_by_role("radio", name="Something happened: Never")).to_be_focused()
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.get_by_label("The daily mail comes at").select_option("18:30")
    expect(page.get_by_role("button", name="Save")).to_be_hidden()
    page.reload()
    expect(page.get_by_role("radio", name="Something happened: Never")).to_be_checked()
    expect(page.get_by_label("The daily mail comes at")).to_have_value("18:30")
    assert_good(page)


def test_a_choice_that_is_not_saved_says_so(visit, alice):
    page = visit(PAGE, alice)
    page.context.set_offline(True)
    page.get_by_role("radio", name="Something happened: Never").check()
    expect(page.locator("#notices-saved")).to_have_text("Not saved. Check your connection and choose again.")
    assert choices.choices_of(alice)["test.at_once"] == "at-once"


def test_a_session_that_has_ended_leads_to_the_sign_in_page(visit, alice):
    page = visit(PAGE, alice)
    Session.objects.all().delete()
    page.get_by_role("radio", name="Something happened: Never").check()
    page.wait_for_url(re.compile("/sign-in/"))
    page.get_by_label("User name").fill("alice")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/account/kept-form/")


def test_without_scripts_there_is_a_button(visit, alice):
    page = visit(PAGE, alice, scripts=False)
    page.get_by_role("radio", name="Something happened: Daily").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Notices saved.")).to_be_visible()
    expect(page.get_by_role("radio", name="Something happened: Daily")).to_be_checked()


@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (390, "dark")])
def test_the_pages_are_accessible_and_fit(visit, alice, staff, mail_to, settings, width, theme):
    settings.EMAIL_BACKEND = "mail.file_backend.EmailBackend"
    mail_to(alice, sent_at="2030-01-07T00:00Z")
    mail_to(alice, last_error="ConnectionRefusedError: [Errno 111] Connection refused", attempts=3)
    mail = mail_to(
        alice, dead_at="2030-01-07T00:00Z", last_error="550 5.1.1 <no such user>: " + "x" * 200, has_secret=True
    )
    for path in (PAGE, "/mails/", f"/mails/{mail.pk}/", "/mails/?q=nothing"):
        assert_good_turned(visit(path, staff, width=width, theme=theme))
