"""The pages of links, codes, the account and closing in Chromium: clicked without scripts, at both widths, printed."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

from accounts.domain import invitations, one_time_links
from accounts.models import OneTimeLink, User
from kernel.testing.browser import DISPLAY_VARIANTS, assert_good_turned, visit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "four words will do"


def picture(page, name):
    """Keep a picture of the page where PICTURES names a folder."""
    if folder := os.environ.get("PICTURES"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


def secret_of(person, purpose=OneTimeLink.Purpose.INVITE, **values):
    return one_time_links.make(person, purpose, address=person.email, **values)[1]


def test_an_invitation_is_followed_by_clicking_without_scripts(browser_page, newcomer, teacher):
    page = browser_page(width=390, scripts=False)
    visit(page, f"/in/{secret_of(newcomer, by=teacher, title='Systems', path='/courses/')}/")
    expect(page.get_by_role("heading", name="Welcome, Ama")).to_be_visible()
    page.get_by_label("Password").fill("short")
    page.get_by_role("button", name="Set the password and sign in").click()
    expect(page.locator("#id_password_error")).to_be_visible()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Set the password and sign in").click()
    page.wait_for_url("**/courses/")
    expect(page.get_by_text("Your password is set, and you are signed in.")).to_be_visible()


def test_staff_close_and_open_an_account_by_clicking(browser_page, staff, alice):
    page = browser_page(staff, scripts=False)
    visit(page, f"/people/{alice.pk}/")
    page.get_by_role("link", name="Close the account").click()
    page.get_by_label("Reason").fill("left the school")
    page.get_by_role("button", name="Close the account").click()
    expect(page.get_by_role("heading", name="Alice Martin (closed)")).to_be_visible()
    page.get_by_role("button", name="Open it again").click()
    expect(page.get_by_role("link", name="Close the account")).to_be_visible()
    assert User.objects.get(pk=alice.pk).is_active


@pytest.mark.parametrize("variant", DISPLAY_VARIANTS)
def test_the_pages_of_people_who_are_not_signed_in_are_good(browser_page, newcomer, alice, teacher, variant):
    page, name = browser_page(**variant), f"{variant['width']}-{variant['theme']}"
    used, reset = secret_of(newcomer), secret_of(alice, OneTimeLink.Purpose.RESET)
    welcome = secret_of(newcomer, by=teacher, title="Systems programming")  # the other one is replaced
    check = secret_of(alice, OneTimeLink.Purpose.EMAIL)
    for title, path, status in (
        ("welcome", f"/in/{welcome}/", 200),
        ("reset", f"/in/{reset}/", 200),
        ("check", f"/in/{check}/", 200),
        ("replaced", f"/in/{used}/", 410),
        ("unknown", "/in/nothing/", 404),
        ("forgot", "/password-reset/", 200),
        ("sent", "/password-reset/sent/", 200),
        ("code", "/code/", 200),
        ("sign-in", "/sign-in/", 200),
    ):
        visit(page, path)
        picture(page, f"{title}-{name}")
        assert_good_turned(page, status=status)


@pytest.mark.parametrize("variant", DISPLAY_VARIANTS)
def test_the_account_and_the_pages_of_staff_are_good(browser_page, staff, newcomer, alice, variant):
    page, name = browser_page(staff, **variant), f"{variant['width']}-{variant['theme']}"
    User.objects.filter(pk=staff.pk).update(language=variant["language"])
    invitations.invite(staff, newcomer)
    for title, path in (
        ("account", "/account/"),
        ("person", f"/people/{newcomer.pk}/"),
        ("close", f"/people/{alice.pk}/close/"),
        ("codes", "/people/codes/?names=ama,alice"),
    ):
        visit(page, path)
        picture(page, f"{title}-{name}")
        assert_good_turned(page)
    page.locator("form.at-card button[type=submit]").click()
    expect(page.locator(".at-slip")).to_have_count(2)
    picture(page, f"codes-printed-{name}")
    assert_good_turned(page)


def test_thirty_codes_fit_pages_of_a4(browser_page, staff, person, tmp_path):
    people = [person(f"p{number:02}", first_name="A long first name" * 2) for number in range(30)]
    page = browser_page(staff)
    visit(page, "/people/codes/?names=" + ",".join(one.username for one in people))
    page.locator("form.at-card button[type=submit]").click()
    expect(page.locator(".at-slip")).to_have_count(30)
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 718, "height": 1000})  # A4 without its margins
    assert page.evaluate("document.documentElement.scrollWidth") <= 718
    expect(page.locator(".at-notice")).to_be_hidden()
    assert page.locator(".at-slip").nth(1).bounding_box()["y"] == page.locator(".at-slip").nth(0).bounding_box()["y"]
    paper = page.pdf(prefer_css_page_size=True)
    assert 2 <= paper.count(b"/Type /Page\n") + paper.count(b"/Type /Page ") <= 5
    if folder := os.environ.get("PICTURES"):
        Path(folder, "codes.pdf").write_bytes(paper)
