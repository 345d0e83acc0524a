"""The farm's forms and lists in Chromium: with scripts, without scripts, and while the database is away."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from farm.domain import booking, machines
from farm.models import Reservation
from farm.rules.limits import RequestedAllocation
from kernel.testing.browser import assert_accessible, assert_fits

pytestmark = pytest.mark.browser


@pytest.fixture
def lyra(transactional_db):
    return machines.add_machine(actor=None, name="lyra-1", gpu_count=4, memory_gb=64)


def test_the_preview_follows_the_form(lyra, alice, browser_page):
    page = browser_page(alice)
    page.goto(f"/farm/book/?resource={lyra.pk}&gpus=2")
    expect(page.locator("#preview")).to_contain_text("Fits on lyra-1 for 2 hours:")
    page.fill("[name=gpus]", "5")
    page.locator("[name=gpus]").blur()
    expect(page.locator("#preview")).to_contain_text("Does not fit")


@pytest.mark.parametrize("look", [{"width": 1280}, {"width": 390, "theme": "dark"}])
def test_without_scripts_two_machines_are_booked_refused_and_changed(lyra, alice, bob, browser_page, look):
    other = machines.add_machine(actor=None, name="lyra-2", gpu_count=4, memory_gb=64)
    now = timezone.now()
    held = {"start": now, "end": now + timedelta(hours=30)}
    booking.book(actor=None, owner=bob, allocations=[RequestedAllocation(other.pk, 3, 0)], purpose="his", **held)
    page = browser_page(alice, scripts=False, **look)
    page.goto(f"/farm/book/?resource={lyra.pk}&gpus=2")
    page.click("text=Add a machine")
    page.select_option("[name=m2-resource]", str(other.pk))
    page.fill("[name=m2-gpus]", "2")
    page.fill("[name=purpose]", "both")
    page.press("[name=purpose]", "Enter")  # Enter books; it does not remove a machine
    expect(page.locator("#why")).to_contain_text("Not enough free capacity on lyra-2: 1 GPU missing")
    assert_fits(page)
    page.locator("text=Take this").last.click()
    expect(page.locator("#toasts")).to_contain_text("Booked")
    made = Reservation.objects.get(owner=alice)
    assert list(made.lines.values_list("gpus", flat=True)) == [2, 1]
    page.click("text=both")
    page.fill("[name=purpose]", "both again")
    page.click(".btn-primary >> text=Save the changes")
    expect(page.locator("h1")).to_have_text("both again")
    assert_fits(page)


def test_the_page_of_a_displaced_booking_is_accessible(lyra, alice, open_page):
    start = timezone.now() + timedelta(hours=5)
    row = booking.book(
        actor=None,
        owner=alice,
        start=start,
        end=start + timedelta(hours=3),
        allocations=[RequestedAllocation(lyra.pk, 2, 8)],
        purpose="x",
    )
    machines.close(actor=None, machine_id=lyra.pk, start=start, end=start + timedelta(hours=1), confirm=True)
    for width in (1280, 390):
        page = open_page(f"/farm/bookings/{row.pk}/", alice, width=width, theme="dark" if width == 390 else "light")
        expect(page.locator("#outcome")).to_contain_text("Displaced")
        assert_accessible(page)
        assert_fits(page)


def test_a_list_that_cannot_be_fetched_stays_with_a_notice_and_recovers(lyra, alice, browser_page):
    page = browser_page(alice)
    with page.expect_response(lambda answer: "hx-request" in answer.request.headers):
        page.goto("/farm/bookings/")  # the page fetches its list once when its stream opens
    expect(page.locator("#farm-mine.htmx-request")).to_have_count(0)
    page.route("**/farm/bookings/", lambda route: route.fulfill(status=503, body="away"))
    page.evaluate("document.getElementById('farm-mine').dispatchEvent(new CustomEvent('live'))")
    expect(page.locator("#not-updated")).to_have_text("Not updated, trying again")
    expect(page.locator("#farm-mine")).to_contain_text("No booking yet")
    start = timezone.now() + timedelta(hours=5)
    booking.book(
        actor=None,
        owner=alice,
        start=start,
        end=start + timedelta(hours=3),
        allocations=[RequestedAllocation(lyra.pk, 2, 8)],
        purpose="mine",
    )
    page.unroute("**/farm/bookings/")
    expect(page.locator("#farm-mine")).to_contain_text("mine", timeout=15_000)
    expect(page.locator("#not-updated")).to_be_empty()


def test_the_focus_stays_where_it_was_when_a_list_is_fetched_again(lyra, alice, browser_page):
    def book(purpose, hours):
        start = timezone.now() + timedelta(hours=hours)
        booking.book(
            actor=None,
            owner=alice,
            start=start,
            end=start + timedelta(hours=3),
            allocations=[RequestedAllocation(lyra.pk, 1, 8)],
            purpose=purpose,
        )

    book("first", 5)
    book("second", 5)
    page = browser_page(alice)
    with page.expect_response(lambda answer: "hx-request" in answer.request.headers):
        page.goto("/farm/bookings/")  # the page fetches its list once when its stream opens
    expect(page.locator("#farm-mine.htmx-request")).to_have_count(0)
    page.get_by_role("button", name="Cancel booking").nth(1).focus()
    page.evaluate("document.getElementById('farm-mine').was = true")
    with page.expect_response(lambda answer: "hx-request" in answer.request.headers):
        book("third", 9)  # an unchanged list would not be replaced
        page.evaluate("document.getElementById('farm-mine').dispatchEvent(new CustomEvent('live'))")
    expect(page.locator("#farm-mine.htmx-request")).to_have_count(0)
    assert not page.evaluate("document.getElementById('farm-mine').was")  # the list was replaced
    expect(page.get_by_role("button", name="Cancel booking").nth(1)).to_be_focused()
