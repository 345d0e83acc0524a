"""Helpers of the browser tests: fetch a live fragment again, and wait for its response."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

SEND_CHANGE = "id => document.getElementById(id).dispatchEvent(new CustomEvent('live', {detail: {topics: []}}))"


def refetch(page: Page, fragment: str) -> None:
    """Notify the fragment with this id of a change, and wait until it shows its new content."""
    wait_for_fragment(page, fragment, lambda: page.evaluate(SEND_CHANGE, fragment))


def wait_for_fragment(page: Page, fragment: str, act: Callable[[], object]) -> None:
    """Call `act`, which makes the page fetch the fragment with this id, and wait until it shows its new content."""
    with page.expect_response(lambda response: response.request.headers.get("hx-target") == fragment):
        act()
    expect(page.locator(".htmx-request, .htmx-swapping, .htmx-settling")).to_have_count(0)
