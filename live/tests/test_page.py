"""static/js/live.js in a real browser, on the home page."""

import re
import time

import pytest
from playwright.sync_api import expect

from live.publish import publish

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
COUNT = """() => {
  window.told = [];
  document.addEventListener("live", (event) => window.told.push(event.detail.topics), true);
}"""
STREAM, RENEWAL = re.compile(r"/events/\?"), re.compile(r"/events/ticket\?")


@pytest.fixture
def page(open_page, alice):
    page = open_page("/", alice)
    expect(page.locator("#live-dot")).to_have_text("Live")
    expect(page.locator("#what-changed")).to_be_visible()
    return page


def told(page):
    """What elements were told since COUNT began to listen, once there is something."""
    for _ in range(200):
        if topics := page.evaluate("window.told"):
            return topics
        page.wait_for_timeout(50)
    raise AssertionError("nothing was told within ten seconds")


def test_an_element_is_told_of_its_topic_once_for_a_burst(page, alice):
    page.wait_for_timeout(400)  # what is told at the opening is over
    page.evaluate(COUNT)
    for _ in range(5):
        publish("farm", f"person:{alice.pk + 1}")
    told(page)
    page.wait_for_timeout(400)

    listeners = page.locator("[data-live~=farm]").count()
    assert listeners
    assert listeners <= len(told(page)) <= 2 * listeners, "two fetches for a burst of five, at most"
    assert all(topics == ["farm"] for topics in told(page))


def test_a_fragment_that_takes_long_is_fetched_seldom_in_a_burst_and_soon_after_it(page):
    page.wait_for_timeout(1200)
    asked, answered = [], []

    def slowly(route):
        asked.append(time.monotonic())
        time.sleep(0.4)
        route.continue_()
        answered.append(time.monotonic())

    page.route(lambda address: "/events/" not in address and "/static/" not in address, slowly)
    publish("farm")
    first = time.monotonic()
    while len(asked) < 3:
        publish("farm")
        page.wait_for_timeout(50)
        assert time.monotonic() < first + 30

    assert asked[0] - first < 0.5, "a change after quiet is fetched at once"
    pauses = [later - sooner for sooner, later in zip(answered, asked[1:], strict=False)]
    assert all(pause > 0.7 for pause in pauses), pauses


def test_a_page_that_was_away_is_told_everything_again(page):
    page.evaluate(COUNT)
    page.context.set_offline(True)
    expect(page.locator("#live-dot")).to_have_text("Offline")
    expect(page.locator("#live-dot")).to_have_class(re.compile("at-live-off"))

    page.context.set_offline(False)

    expect(page.locator("#live-dot")).to_have_text("Live", timeout=20_000)
    expect(page.locator("#live-dot")).not_to_have_class(re.compile("at-live-off|at-live-wait"))
    assert len(told(page)) >= page.locator("[data-live]").count()


def test_a_ticket_that_ran_out_is_renewed(page):
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


def test_somebody_signed_out_elsewhere_is_not_tried_for_ever(page):
    page.route(STREAM, lambda route: route.fulfill(status=403, body=""))
    page.context.clear_cookies()
    with page.expect_response(RENEWAL) as renewal:
        page.evaluate("dispatchEvent(new Event('online'))")

    assert renewal.value.status == 401
    expect(page.locator("#live-dot")).to_have_text("Offline")


def test_a_page_has_one_stream_and_opens_it_again_when_one_comes_back_to_it(page):
    opened = []
    page.on("request", lambda request: STREAM.search(request.url) and opened.append(request.url))
    page.reload()
    expect(page.locator("#live-dot")).to_have_text("Live")
    assert len(opened) == 1

    page.goto("/livez")
    page.go_back()

    expect(page.locator("#live-dot")).to_have_text("Live", timeout=20_000)
    assert len(opened) == 2
