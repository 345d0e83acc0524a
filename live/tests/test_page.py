"""The browser's part of the event stream (static/js/live.js), on the home page in a real browser."""

import re
import time

import pytest
from playwright.sync_api import expect

from live.publish import publish

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
RECORD_NOTIFICATIONS = """() => {
  window.notified = [];
  document.addEventListener("live", (event) => window.notified.push(event.detail.topics), true);
}"""
STREAM, RENEWAL = re.compile(r"/events/\?"), re.compile(r"/events/ticket\?")


@pytest.fixture
def page(open_page, alice):
    page = open_page("/", alice)
    expect(page.locator("#live-dot")).to_have_text("Live")
    expect(page.locator("#what-changed")).to_be_visible()
    return page


def notifications(page):
    """Wait for the first notification after RECORD_NOTIFICATIONS; return the topics of each one."""
    for _ in range(200):
        if topics := page.evaluate("window.notified"):
            return topics
        page.wait_for_timeout(50)
    raise AssertionError("no notification within ten seconds")


def test_an_element_is_notified_once_for_a_burst_of_changes(page, alice):
    page.wait_for_timeout(400)  # until the notifications of the first connect are over
    page.evaluate(RECORD_NOTIFICATIONS)
    for _ in range(5):
        publish("farm", f"person:{alice.pk + 1}")
    notifications(page)
    page.wait_for_timeout(400)

    elements = page.locator("[data-live~=farm]").count()
    assert elements
    assert elements <= len(notifications(page)) <= 2 * elements, "two fetches for a burst of five, at most"
    assert all(topics == ["farm"] for topics in notifications(page))


def test_a_slow_fragment_is_fetched_at_once_and_then_with_pauses_in_a_burst(page):
    page.wait_for_timeout(1200)
    requested, answered = [], []

    def slowly(route):
        requested.append(time.monotonic())
        time.sleep(0.4)
        route.continue_()
        answered.append(time.monotonic())

    page.route(lambda address: "/events/" not in address and "/static/" not in address, slowly)
    publish("farm")
    first = time.monotonic()
    while len(requested) < 3:
        publish("farm")
        page.wait_for_timeout(50)
        assert time.monotonic() < first + 30

    assert requested[0] - first < 0.5, "a change after a quiet time is fetched at once"
    pauses = [later - sooner for sooner, later in zip(answered, requested[1:], strict=False)]
    assert all(pause > 0.7 for pause in pauses), pauses


def test_every_element_is_notified_after_the_page_was_offline(page):
    page.evaluate(RECORD_NOTIFICATIONS)
    page.context.set_offline(True)
    expect(page.locator("#live-dot")).to_have_text("Offline")
    expect(page.locator("#live-dot")).to_have_class(re.compile("at-live-off"))

    page.context.set_offline(False)

    expect(page.locator("#live-dot")).to_have_text("Live", timeout=20_000)
    expect(page.locator("#live-dot")).not_to_have_class(re.compile("at-live-off|at-live-wait"))
    assert len(notifications(page)) >= page.locator("[data-live]").count()


def test_an_expired_ticket_is_renewed(page):
    refused = []

    def refuse_once(route):
        if refused:
            route.continue_()
        else:
            refused.append(route.request.url)
            route.fulfill(status=403, body="")

    page.route(STREAM, refuse_once)
    with page.expect_response(RENEWAL) as renewal:
        page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator("#live-dot")).to_have_text("Live", timeout=20_000)

    assert refused
    assert renewal.value.status == 200
    assert "ticket=" in refused[0]


def test_the_page_stops_reconnecting_after_signing_out_elsewhere(page):
    page.route(STREAM, lambda route: route.fulfill(status=403, body=""))
    page.context.clear_cookies()
    with page.expect_response(RENEWAL) as renewal:
        page.evaluate("dispatchEvent(new Event('online'))")

    assert renewal.value.status == 401
    expect(page.locator("#live-dot")).to_have_text("Offline")


def test_a_page_opens_one_stream_and_a_new_one_after_going_back_to_it(page):
    opened = []
    page.on("request", lambda request: STREAM.search(request.url) and opened.append(request.url))
    page.reload()
    expect(page.locator("#live-dot")).to_have_text("Live")
    assert len(opened) == 1

    page.goto("/livez")
    page.go_back()

    expect(page.locator("#live-dot")).to_have_text("Live", timeout=20_000)
    assert len(opened) == 2
