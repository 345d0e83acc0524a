"""The page "Repositories" of a course in Chromium: boxes survive a change, filters fetch the list, phones fit."""

import os
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from courses.tests.browser_helpers import refetch
from courses.tests.repository_rows import WAIT, copy_of, give_and_read, key_of, receive_hook, store
from kernel.testing.browser import DISPLAY_VARIANTS, assert_good_turned, visit, visit_live

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def failing(school):
    """Both students gave a repository; that of bob cannot be read, that of alice has newer work on `dev`."""
    give_and_read(school.alice, school.bob)
    now = timezone.now()
    store("bob", status="failing", reason="no_access", failing_since=now - WAIT, attempts=4, next_attempt_at=now + WAIT)
    store("bob", dirty=True)
    store("alice", branch="main", other_branches=[["dev", 2]])
    receive_hook("alice", now)


def test_chosen_rows_stay_chosen_when_the_list_is_fetched_again(school, failing, browser_page):
    page = browser_page(school.course.teacher)
    visit_live(page, f"/courses/{school.course.pk}/repositories/", "repositories")
    box = page.locator(f"#pick-{key_of('bob')}")
    box.check()
    store("bob", attempts=5)
    refetch(page, "repositories")
    expect(page.get_by_text("5 tries failed")).to_be_visible()
    expect(box).to_be_checked()
    expect(box).to_be_focused()

    page.get_by_role("button", name="Pause").click()

    expect(page.get_by_text("1 repository is paused.")).to_be_visible()
    expect(page.get_by_role("button", name="Resume Bob Martin")).to_be_visible()
    assert (copy_of("bob").status, copy_of("alice").status) == ("paused", "ok")


def test_a_filter_fetches_the_list_and_is_in_the_address(school, failing, browser_page):
    page = browser_page(school.course.teacher)
    visit(page, f"/courses/{school.course.pk}/repositories/")
    page.get_by_label("State", exact=True).select_option("failing")
    expect(page.locator("#list tbody tr")).to_have_count(1)
    page.wait_for_url("**/repositories/?state=failing")
    page.get_by_label("Filter by name or address").fill("nobody")
    expect(page.get_by_text("No repository matches")).to_be_visible()


def test_a_filter_counts_although_the_list_is_being_fetched_again(school, failing, browser_page):
    page = browser_page(school.course.teacher)
    visit(page, f"/courses/{school.course.pk}/repositories/")
    expect(page.locator("#live-dot")).to_have_text("Live")
    held = []
    page.route(lambda url: "repositories/_list/" in url, lambda route: held.append(route))
    page.locator("#repositories").dispatch_event("live", {"detail": {"topics": []}})
    page.wait_for_timeout(100)
    page.get_by_label("State", exact=True).select_option("failing")
    page.wait_for_timeout(100)
    for route in held:  # the list as it was, and then as it was asked for
        route.continue_()
        page.wait_for_timeout(300)
    expect(page.locator("#list tbody tr")).to_have_count(1)


@pytest.mark.parametrize("variant", DISPLAY_VARIANTS)
def test_the_pages_have_no_problems_are_accessible_and_fit(variant, school, failing, staff, browser_page):
    for person, path in (
        (school.course.teacher, f"/courses/{school.course.pk}/repositories/"),
        (staff, "/repositories/"),
    ):
        page = browser_page(person, **variant)
        visit(page, path)
        if folder := os.environ.get("PICTURES"):
            name = "-".join(str(value) for value in ("repositories", person.username, *variant.values()))
            page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)
        assert_good_turned(page)
        page.context.close()
