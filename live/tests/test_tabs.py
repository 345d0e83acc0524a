"""Several tabs of one browser: one event stream for all of them, and none for a tab that was never shown."""

import pytest
from playwright.sync_api import expect

from live.publish import publish

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
COUNT_STREAMS = """
  const Real = EventSource;
  window.sources = [];
  window.EventSource = class extends Real {
    constructor(address) { super(address); window.sources.push(this); }
  };
  window.notified = [];
  document.addEventListener("live", (event) => window.notified.push(event.detail.topics), true);
"""
HIDE = "Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => 'hidden' });"
SHOW = "() => { delete document.visibilityState; document.dispatchEvent(new Event('visibilitychange')); }"
OPEN = "window.sources.filter((source) => source.readyState === EventSource.OPEN).length"
NO_LOCKS = "Object.defineProperty(Navigator.prototype, 'locks', { get: () => undefined });"


@pytest.fixture
def open_tab(open_page, alice, site):
    """`open_tab(path)` opens another tab of the same browser. `script` runs before the page's own scripts."""
    first = open_page("/livez", alice)
    first.context.add_init_script(COUNT_STREAMS)

    def opener(path="/", script=""):
        tab = first.context.new_page()
        if script:
            tab.add_init_script(script)
        tab.goto(site.url + path, wait_until="domcontentloaded")
        return tab

    return opener


def is_live(tab):
    expect(tab.locator("#live-dot")).to_have_text("Live", timeout=15_000)


def streams(tabs):
    return [tab.evaluate(OPEN) for tab in tabs]


def wait_for_streams(tabs, count):
    for _ in range(100):
        if sum(streams(tabs)) == count:
            return
        tabs[0].wait_for_timeout(100)
    raise AssertionError(f"{streams(tabs)} streams, not {count}")


def wait_for_topic(tab, topic):
    tab.wait_for_function("(topic) => window.notified.some((topics) => topics.includes(topic))", arg=topic)


def forget_notifications(tabs):
    tabs[0].wait_for_timeout(700)
    for tab in tabs:
        tab.evaluate("window.notified = []")


def test_eight_tabs_share_one_stream_and_all_show_a_change(open_tab):
    """Over HTTP/1.1 a browser has six connections to a site: six streams would block the seventh tab."""
    tabs = [open_tab("/farm/" if number % 2 else "/") for number in range(8)]
    for tab in tabs:
        is_live(tab)
    wait_for_streams(tabs, 1)
    forget_notifications(tabs)
    publish("farm")
    for tab in tabs:
        wait_for_topic(tab, "farm")


def test_another_tab_takes_over_when_the_one_with_the_stream_is_closed(open_tab):
    tabs = [open_tab(), open_tab(), open_tab("/farm/")]
    for tab in tabs:
        is_live(tab)
    wait_for_streams(tabs, 1)
    leader = streams(tabs).index(1)
    tabs.pop(leader).close()
    wait_for_streams(tabs, 1)
    forget_notifications(tabs)
    publish("farm")
    for tab in tabs:
        wait_for_topic(tab, "farm")


def test_a_tab_that_was_never_shown_has_no_stream_and_opens_none(open_tab):
    hidden = open_tab(script=HIDE)
    hidden.wait_for_timeout(1500)
    assert hidden.evaluate("window.sources.length") == 0
    shown = open_tab()
    is_live(shown)
    assert streams([shown, hidden]) == [1, 0]
    hidden.evaluate(SHOW)
    is_live(hidden)
    assert sum(streams([shown, hidden])) == 1


def test_a_tab_with_other_topics_gets_its_changes_through_the_shared_stream(open_tab):
    tabs = [open_tab("/farm/"), open_tab("/courses/")]
    for tab in tabs:
        is_live(tab)
    own = tabs[1].evaluate("document.getElementById('live-stream').dataset.topics").split()[0]
    assert own not in tabs[0].evaluate("document.getElementById('live-stream').dataset.topics").split()
    wait_for_streams(tabs, 1)
    forget_notifications(tabs)
    publish(own)
    wait_for_topic(tabs[1], own)


def test_a_browser_without_locks_opens_a_stream_for_each_shown_tab(open_tab):
    tabs = [open_tab(script=NO_LOCKS), open_tab(script=NO_LOCKS), open_tab(script=NO_LOCKS + HIDE)]
    for tab in tabs[:2]:
        is_live(tab)
    assert streams(tabs) == [1, 1, 0]


def test_a_tab_opens_its_own_stream_when_the_leading_one_does_not_answer(open_tab):
    mute = open_tab(script="BroadcastChannel.prototype.postMessage = () => {};")
    is_live(mute)
    tab = open_tab()
    is_live(tab)
    assert streams([mute, tab]) == [1, 1]
