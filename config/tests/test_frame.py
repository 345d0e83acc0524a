"""The parts that every page has, in a real browser: themes, menus, toasts, no scripts, live changes."""

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.db import transaction
from playwright.sync_api import expect

from accounts import recent_activity
from accounts.audit import record
from kernel.testing.browser import assert_accessible, assert_quiet
from live.publish import publish

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "atelier-demo"


@pytest.fixture
def alice_with_real_hash(alice):
    """alice with a password hash of the site's hasher; the tests' settings use a faster one."""
    alice.password = Argon2PasswordHasher().encode(PASSWORD, "a-salt-for-a-test")
    alice.save()
    return alice


def choose_theme(page, name):
    page.locator(".at-theme-menu summary").click()
    page.get_by_role("button", name=name).click()


def test_a_theme_applies_at_once_is_stored_and_auto_follows_the_system(open_page):
    page = open_page("/sign-in/", theme="dark")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    with page.expect_response("**/account/theme/"):
        choose_theme(page, "Light")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "light")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "light")
    with page.expect_response("**/account/theme/"):
        choose_theme(page, "Like the system")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    page.emulate_media(color_scheme="light")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "light")
    assert_quiet(page)


def test_signing_in_and_choosing_theme_and_language_work_without_scripts(browser_page, alice_with_real_hash):
    page = browser_page(scripts=False)
    page.goto("/sign-in/")
    choose_theme(page, "Dark")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    page.get_by_label("User name").fill("alice")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Hello Alice")
    page.locator("details.at-not-phone summary").click()
    page.get_by_role("button", name="Français").click()
    expect(page.locator("html")).to_have_attribute("lang", "fr")


def test_tab_reaches_the_skip_link_first_and_escape_closes_a_menu(open_page, alice):
    page = open_page("/", alice)
    page.keyboard.press("Tab")
    expect(page.locator(".at-skip")).to_be_focused()
    menu = page.locator("details:has(.at-avatar)")
    menu.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Account", exact=True)).to_be_visible()
    assert_accessible(page)
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Account", exact=True)).to_be_hidden()
    expect(menu.locator("summary")).to_be_focused()


def test_a_toast_disappears_after_eight_seconds_but_not_while_it_has_the_focus(browser_page, alice):
    page = browser_page(alice)
    page.clock.install()
    page.goto("/account/")
    page.get_by_role("button", name="Save").click()
    toast = page.locator(".at-toast")
    expect(toast).to_contain_text("Preferences saved.")
    toast.get_by_role("button").focus()
    page.clock.run_for(9000)
    expect(toast).to_be_visible()
    page.get_by_label("First name").focus()
    page.clock.run_for(9000)
    expect(toast).to_have_count(0)


def test_a_change_appears_in_the_open_home_page(open_page, alice, staff):
    page = open_page("/", alice)
    expect(page.locator("#live-dot")).to_have_text("Live")
    assert "Role changed" not in page.content()
    with transaction.atomic():
        record(staff, "accounts.role", f"user:{alice.pk}")
        publish(f"person:{alice.pk}")
    expect(page.locator("#what-changed")).to_contain_text(recent_activity.EVENT_TITLES["accounts.role"], timeout=8000)
    assert_quiet(page)


def test_the_lockout_page_says_that_sign_in_is_paused(open_page, alice):
    page = open_page("/sign-in/")
    for _ in range(5):
        page.get_by_label("User name").fill("alice")
        page.get_by_label("Password").fill("wrong")
        page.get_by_role("main").get_by_role("button").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Too many failed sign-ins")
    assert_accessible(page)
