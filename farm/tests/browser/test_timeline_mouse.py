"""The timeline by mouse in Chromium; the results are read from the database."""

import re
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from farm.domain import booking
from farm.models import Reservation
from farm.tests.browser.driver import OPEN_CARD, bar_of, drag, expect_toast, middle, plot_of, point, span_of, undo
from kernel.testing.browser import PAGE_PROBLEMS, assert_accessible, assert_quiet

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_drag_on_free_space_books_and_undo_cancels_it(timeline, gpu_machine, alice, when):
    page = timeline(alice)
    drag(page, point(page, gpu_machine, when(1, 9)), point(page, gpu_machine, when(1, 18)), drop=False)
    expect(page.locator(".t-ghost")).to_be_visible()
    expect(page.locator(".at-tip")).to_contain_text("fits, 8 GPUs · 512 GB free")
    page.mouse.up()
    page.wait_for_url("**/farm/book/**")
    query = {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}
    assert (datetime.fromisoformat(query["start"]), datetime.fromisoformat(query["end"])) == (when(1, 9), when(1, 18))
    assert query["next"].startswith("/farm/?day=")
    page.get_by_label("Purpose").fill("by hand")
    page.get_by_role("main").get_by_role("button", name="Book", exact=True).click()
    expect_toast(page, "Booked")
    made = Reservation.objects.get()
    assert (made.owner, *span_of(made)) == (alice, when(1, 9), when(1, 18))
    line = made.lines.get()
    assert (line.machine, line.gpus) == (gpu_machine, 1)
    undo(page)
    made.refresh_from_db()
    assert made.state == "cancelled"


def test_a_plain_click_on_free_space_opens_the_form_with_a_sensible_span(timeline, gpu_machine, alice, when):
    page = timeline(alice)
    page.mouse.click(*point(page, gpu_machine, when(2, 10.1)))
    page.wait_for_url("**/farm/book/**")
    expect(page.get_by_label("Start")).to_have_value(re.compile("T10:00"))
    expect(page.get_by_label("End")).to_have_value(re.compile("T14:00"))


def test_a_bar_is_moved_and_undone(timeline, gpu_machine, book, alice, when):
    row = book(alice, (1, 9), (1, 18), 4)
    page = timeline(alice)
    x, y = middle(page, row)
    day = point(page, gpu_machine, when(2))[0] - point(page, gpu_machine, when(1))[0]
    drag(page, (x, y), (x + day, y))
    expect_toast(page, "Moved")
    assert span_of(row) == (when(2, 9), when(2, 18))
    expect(bar_of(page, row)).to_have_attribute("data-start", re.compile(when(2, 9).strftime("%Y-%m-%dT%H:%M")))
    undo(page)
    assert span_of(row) == (when(1, 9), when(1, 18))
    assert_quiet(page)


def test_the_edges_of_a_bar_resize_it_and_a_press_without_a_move_is_a_click(timeline, gpu_machine, book, alice, when):
    row = book(alice, (1, 8), (2, 8), 8)
    page = timeline(alice)
    x, y = point(page, gpu_machine, when(2, 8))
    drag(page, (x - 3, y), point(page, gpu_machine, when(2, 20)))
    expect_toast(page, "Extended to")
    assert span_of(row) == (when(1, 8), when(2, 20))
    page.wait_for_load_state("networkidle")
    x, y = point(page, gpu_machine, when(1, 8))
    drag(page, (x + 3, y), point(page, gpu_machine, when(1, 20)))
    expect_toast(page, "Moved")
    assert span_of(row) == (when(1, 20), when(2, 20))
    page.wait_for_load_state("networkidle")
    page.mouse.click(*middle(page, row))
    expect(page.locator(OPEN_CARD)).to_be_visible()


def test_a_bar_is_moved_to_another_machine(timeline, gpu_machine, other_machine, book, alice, when):
    row = book(alice, (1, 9), (1, 18), 8)
    page = timeline(alice)
    x, __ = middle(page, row)
    drag(page, middle(page, row), (x, point(page, other_machine, when(1))[1]))
    expect_toast(page, "Moved")
    assert row.lines.get().machine == other_machine
    expect(plot_of(page, other_machine).locator(f"[href='/farm/bookings/{row.pk}/']")).to_be_visible()
    undo(page)
    assert row.lines.get().machine == gpu_machine


def test_a_move_to_a_full_place_is_refused_and_an_alternative_is_taken(timeline, gpu_machine, book, alice, bob, when):
    book(bob, (2, 6), (3, 6), 6)
    row = book(alice, (1, 8), (1, 20), 4)
    page = timeline(alice)
    day = point(page, gpu_machine, when(2))[0] - point(page, gpu_machine, when(1))[0]
    x, y = middle(page, row)
    drag(page, (x, y), (x + day, y), drop=False)
    expect(page.locator(".at-tip")).to_contain_text("does not fit, first free at")
    expect(page.locator(".t-ghost-no")).to_be_visible()
    page.mouse.up()
    refusal = page.get_by_role("alert")
    expect(refusal).to_contain_text("Not enough free capacity on dgx-01: 2 GPUs missing")
    expect(refusal).to_be_focused()
    assert span_of(row) == (when(1, 8), when(1, 20))
    assert_accessible(page)
    page.keyboard.press("Escape")
    expect(refusal).to_be_hidden()
    expect(page.locator(".t-ghost, .t-lifted")).to_have_count(0)
    expect(bar_of(page, row)).to_be_focused()

    drag(page, (x, y), (x + day, y))
    page.get_by_role("listitem").filter(has_text="A smaller share").get_by_role("button", name="Take this").click()
    expect_toast(page, re.compile("Moved|Changed"))
    assert (*span_of(row), row.lines.get().gpus) == (when(2, 8), when(2, 20), 2)
    undo(page)
    assert (*span_of(row), row.lines.get().gpus) == (when(1, 8), when(1, 20), 4)
    PAGE_PROBLEMS[page].console.clear()  # Chromium notes each 409


def test_escape_cancels_a_drag_and_bars_of_others_cannot_be_dragged(timeline, gpu_machine, book, alice, bob, when):
    mine, other = book(alice, (1, 8), (1, 20), 8), book(bob, (3, 8), (3, 20), 8)
    page = timeline(alice)
    for row in (mine, other):
        x, y = middle(page, row)
        drag(page, (x, y), (x + 60, y), drop=False)
        page.keyboard.press("Escape")
        page.mouse.up()
    expect(page.locator(".t-ghost, .t-lifted, .at-tip")).to_have_count(0)
    expect(page.locator(OPEN_CARD)).to_have_count(0)
    assert span_of(mine) == (when(1, 8), when(1, 20))
    assert span_of(other) == (when(3, 8), when(3, 20))


def test_a_booking_that_changed_during_the_drag_is_not_moved(timeline, gpu_machine, book, alice, when):
    row = book(alice, (1, 8), (1, 20), 8)
    page = timeline(alice)
    x, y = middle(page, row)
    drag(page, (x, y), (x + 60, y), drop=False)
    booking.change(actor=None, reservation_id=row.pk, end=when(1, 22))
    page.mouse.up()
    expect_toast(page, "in the meantime")
    assert span_of(row) == (when(1, 8), when(1, 22))
    expect(page.locator(".t-ghost, .t-lifted")).to_have_count(0)


def test_changes_of_others_wait_until_a_drag_is_over(timeline, gpu_machine, book, alice, bob, when):
    row = book(alice, (1, 8), (1, 20), 8)
    page = timeline(alice)
    x, y = middle(page, row)
    drag(page, (x, y), (x + 60, y), drop=False)
    with page.expect_response(lambda answer: answer.request.headers.get("hx-request") and "/farm/?" in answer.url):
        other = book(bob, (4, 8), (4, 20), 8)
    page.wait_for_timeout(200)  # for a swap to happen, if one did
    expect(page.locator(".t-ghost")).to_be_visible()
    expect(bar_of(page, other)).to_have_count(0)
    page.keyboard.press("Escape")
    page.mouse.up()
    expect(bar_of(page, other)).to_be_visible()
