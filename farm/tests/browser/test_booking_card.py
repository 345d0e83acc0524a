"""The card of a booking in Chromium: its buttons, its focus, on a phone, and without scripts."""

import pytest
from playwright.sync_api import expect

from farm.tests.browser.driver import OPEN_CARD, bar_of, expect_toast, middle, span_of, undo
from kernel.testing.browser import assert_accessible, assert_fits, assert_quiet

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_buttons_of_the_card_act_and_the_focus_returns_to_the_bar(timeline, gpu_machine, book, alice, when):
    row = book(alice, (1, 9), (1, 18), 8, purpose="thesis")
    page = timeline(alice)
    page.mouse.click(*middle(page, row))
    card = page.locator(OPEN_CARD)
    expect(card.get_by_role("heading")).to_have_text("thesis")
    assert_accessible(page)
    page.keyboard.press("Escape")
    expect(card).to_have_count(0)
    expect(bar_of(page, row)).to_be_focused()

    page.keyboard.press("Enter")
    card.get_by_role("button", name="Close").click()
    expect(bar_of(page, row)).to_be_focused()

    page.keyboard.press("Enter")
    card.get_by_role("button", name="Extend").click()
    card.get_by_role("button", name="by 1 hour").click()
    expect_toast(page, "Extended to")
    assert span_of(row) == (when(1, 9), when(1, 19))
    expect(bar_of(page, row)).to_be_focused()
    undo(page)
    assert span_of(row) == (when(1, 9), when(1, 18))

    page.mouse.click(*middle(page, row))
    card.get_by_role("button", name="Move").click()
    card.get_by_role("button", name="30 min later", exact=True).click()
    expect_toast(page, "Moved")
    assert span_of(row) == (when(1, 9.5), when(1, 18.5))

    page.mouse.click(*middle(page, row))
    card.get_by_role("button", name="Cancel booking").click()
    expect_toast(page, "Cancelled")
    expect(bar_of(page, row)).to_have_count(0)
    undo(page)
    row.refresh_from_db()
    assert row.state == "confirmed"
    expect(bar_of(page, row)).to_be_visible()
    assert_quiet(page)


def test_the_card_of_another_person_has_only_a_close_button(timeline, gpu_machine, book, alice, bob):
    row = book(bob, (1, 9), (1, 18), 8, purpose="thesis")
    page = timeline(alice)
    page.mouse.click(*middle(page, row))
    card = page.locator(OPEN_CARD)
    expect(card).to_contain_text("Bob Martin")
    expect(card.get_by_role("button")).to_have_count(1)  # Close


def test_on_a_phone_the_card_lies_at_the_bottom(browser_page, gpu_machine, book, alice, monday):
    row = book(alice, (1, 0), (4, 0), 8, purpose="thesis")
    page = browser_page(alice, width=390)
    page.goto(f"/farm/machines/{gpu_machine.pk}/?day={monday.date().isoformat()}")
    page.mouse.click(*middle(page, row))
    card = page.locator(OPEN_CARD)
    expect(card).to_contain_text("thesis")
    box = card.bounding_box()
    assert (round(box["x"]), round(box["y"] + box["height"])) == (0, 844)
    assert round(box["width"]) >= 370
    assert_fits(page)
    assert_accessible(page)


def test_without_scripts_a_bar_links_to_its_page(browser_page, gpu_machine, book, alice, monday):
    row = book(alice, (1, 9), (1, 18), 8, purpose="thesis")
    page = browser_page(alice, scripts=False)
    page.goto(f"/farm/?day={monday.date().isoformat()}")
    bar_of(page, row).click()
    page.wait_for_url(f"**/farm/bookings/{row.pk}/")
    page.get_by_role("button", name="Cancel booking").click()
    expect_toast(page, "Cancelled")
    undo(page)
    row.refresh_from_db()
    assert row.state == "confirmed"


def test_the_card_stays_in_the_window_when_a_panel_opens(timeline, gpu_machine, book, alice):
    row = book(alice, (1, 9), (1, 18), 4)
    page = timeline(alice)
    page.set_viewport_size({"width": 1280, "height": 620})
    bar_of(page, row).focus()
    page.keyboard.press("Enter")
    page.locator(OPEN_CARD).get_by_role("button", name="Move").click()
    expect(page.locator("#card-move")).to_be_visible()
    low, high = page.locator(OPEN_CARD).evaluate("card => [card.getBoundingClientRect().bottom, innerHeight]")
    assert low <= high
