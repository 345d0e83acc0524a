"""Three hundred machines in Chromium: scrolling to the last one, and changes that keep the reader's place."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from farm.domain import booking
from farm.models import Machine
from farm.rules.limits import RequestedAllocation
from farm.tests.builders import bookings_in_bulk, many_machines
from kernel.testing.browser import assert_fits, assert_good, assert_quiet, visit_live
from live.publish import publish

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TOP_OF = """name => [...document.querySelectorAll('th .at-machine')]
  .find(link => link.textContent.startsWith(name + ' '))?.getBoundingClientRect().top"""


@pytest.fixture
def farm(transactional_db, bob):
    """Three hundred machines with ten bookings each in these days."""
    made = many_machines(300, location="B12")
    now = timezone.now().replace(minute=0, second=0, microsecond=0)
    bookings_in_bulk(made, [now + timedelta(hours=16 * number) for number in range(-5, 5)], bob)
    return made


@pytest.fixture
def fetched_addresses():
    """`fetched_addresses(page)` is the list of addresses that htmx fetches from now on."""

    def listen(page):
        addresses = []

        def note(request):
            if request.headers.get("hx-request"):
                addresses.append(request.url)

        page.on("request", note)
        return addresses

    return listen


def scroll_to(page, name):
    """Scroll with the wheel until the machine is there, then to it."""
    for _ in range(80):
        if page.locator("th .at-machine", has_text=re.compile(rf"^\s*{name}\s")).count():
            break
        page.mouse.wheel(0, 1500)
        page.wait_for_timeout(60)
    page.locator("th .at-machine", has_text=re.compile(rf"^\s*{name}\s")).scroll_into_view_if_needed()


@pytest.fixture
def open_timeline(browser_page):
    """`open_timeline("/farm/", alice)` opens the page and waits for its live stream."""

    def load(path, person, **options):
        page = browser_page(person, **options)
        visit_live(page, path, "farm-timeline")
        return page

    return load


def test_the_last_of_three_hundred_machines_is_reached_by_scrolling(open_timeline, farm, alice, fetched_addresses):
    page = open_timeline("/farm/", alice)
    addresses = fetched_addresses(page)
    before = page.evaluate("document.documentElement.scrollHeight")
    page.mouse.move(600, 500)
    scroll_to(page, "node-299")
    last = page.locator("tr", has=page.get_by_role("link", name=re.compile(r"^\s*node-299")))
    expect(last.locator("svg.at-plot a.t-bar").first).to_be_visible()
    assert abs(page.evaluate("document.documentElement.scrollHeight") - before) <= 12, "nothing jumps on the way"
    parts = [url for url in addresses if "only=" in url]
    assert parts and len(parts) == len(set(parts)), "no part is fetched twice"
    assert_quiet(page)
    assert_fits(page)


def test_a_jump_to_the_end_fetches_only_the_last_parts(open_timeline, farm, alice, fetched_addresses):
    page = open_timeline("/farm/", alice)
    addresses = fetched_addresses(page)
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    expect(page.locator("th .at-machine", has_text="node-299")).to_be_in_viewport()
    assert len([url for url in addresses if "only=" in url]) <= 3, "the parts in between are not fetched"


def test_a_change_keeps_the_place_and_fetches_its_row_or_the_parts_in_view(
    open_timeline, farm, alice, bob, fetched_addresses
):
    page = open_timeline("/farm/", alice)
    page.mouse.move(600, 500)
    scroll_to(page, "node-150")
    page.wait_for_timeout(300)
    place, top = page.evaluate("scrollY"), page.evaluate(TOP_OF, "node-150")
    addresses = fetched_addresses(page)
    machine = Machine.objects.get(name="node-150")
    start = timezone.now() + timedelta(days=1)
    made = booking.book(
        actor=None,
        owner=alice,
        start=start,
        end=start + timedelta(hours=5),
        allocations=[RequestedAllocation(machine.pk, 1, 1)],
    )
    expect(page.locator(f'.t-bar[href="/farm/bookings/{made.pk}/"]')).to_be_visible(timeout=20_000)
    page.wait_for_timeout(300)
    assert page.evaluate("scrollY") == pytest.approx(place, abs=2)
    assert page.evaluate(TOP_OF, "node-150") == pytest.approx(top, abs=2)
    rows = [url for url in addresses if "only=" not in url]
    assert rows and all(f"machine={machine.pk}&" in url for url in rows), rows

    addresses.clear()
    with page.expect_response(lambda answer: "part=" in answer.url, timeout=20_000):
        publish("farm")
    whole = [url for url in addresses if "only=" not in url]
    assert whole and all(1 <= len(re.findall(r"[?&]part=", url)) <= 4 for url in whole), whole
    assert page.evaluate("scrollY") == pytest.approx(place, abs=2)
    assert_quiet(page)


def test_the_table_keeps_its_place_too(open_timeline, farm, alice, bob):
    page = open_timeline("/farm/?view=table", alice)
    scroller = page.locator(".at-scroller")
    scroller.evaluate("box => box.scrollTo(0, 3000)")
    row = page.locator("tr", has_text="node-009").first
    expect(row).to_be_attached()
    place = scroller.evaluate("box => box.scrollTop")
    with page.expect_response(lambda answer: answer.request.headers.get("hx-target") == "farm-timeline"):
        booking.book(
            actor=None, owner=alice, start=timezone.now() + timedelta(days=60),
            end=timezone.now() + timedelta(days=61), allocations=[RequestedAllocation(farm[0].pk, 1, 1)],
        )  # fmt: skip
    page.wait_for_timeout(400)
    assert page.locator(".at-scroller").evaluate("box => box.scrollTop") == pytest.approx(place, abs=2)
    assert_quiet(page)


def test_a_phone_reaches_the_last_machine_of_its_day(open_timeline, farm, alice):
    page = open_timeline("/farm/?range=month", alice, width=390)
    for _ in range(40):
        page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
        page.wait_for_timeout(100)
        if page.locator(".at-agenda .at-machine", has_text=re.compile(r"^\s*node-299")).count():
            break
    expect(page.locator(".at-agenda svg.at-strip").last).to_be_visible()
    assert page.locator(".at-agenda .at-machine", has_text=re.compile(r"^\s*node-299")).count() == 1
    assert_quiet(page)
    assert_fits(page)


@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (390, "dark")])
def test_every_range_is_accessible_and_fits(browser_page, alice, bob, width, theme, subtests):
    machine = f"/farm/machines/{many_machines(30, 2, bob)[0].pk}/"
    page = browser_page(alice, width=width, theme=theme)
    for address in (
        "/farm/?range=day",
        "/farm/?range=month",
        "/farm/?view=table&range=month",
        f"{machine}?range=day",
        f"{machine}?range=month",
    ):
        with subtests.test(address=address):
            visit_live(page, address, "farm-timeline")
            assert_good(page)


def test_without_scripts_a_phone_opens_the_agenda_by_a_link(open_page, bob, alice):
    many_machines(3, 1, bob)
    page = open_page("/farm/", alice, scripts=False, width=390)
    page.get_by_role("link", name="Show 3 machines").click()
    expect(page.locator(".at-agenda svg.at-strip")).to_have_count(3)


def test_without_scripts_a_link_leads_to_the_next_machines(open_page, bob, alice):
    many_machines(60, 1, bob)
    page = open_page("/farm/", alice, scripts=False)
    page.get_by_role("link", name="node-024 to node-047").click()
    expect(page.locator("th .at-machine", has_text=re.compile(r"^\s*node-030\s"))).to_be_visible()
    expect(page.locator("#part-2")).to_be_in_viewport()
