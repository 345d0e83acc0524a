"""The timeline by keyboard in Chromium; the results are read from the database."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from farm.models import Reservation
from farm.tests.browser.driver import OPEN_CARD, bar_of, expect_toast, focused_name, plot_of, span_of, undo
from kernel.testing.browser import assert_accessible, assert_quiet
from live.publish import publish

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_tab_stops_once_per_row_and_arrows_go_along_bars_and_free_parts(
    timeline, gpu_machine, other_machine, book, alice, bob, when
):
    book(bob, (1, 9), (1, 18), 8)
    row = book(alice, (3, 9), (3, 18), 8)
    page = timeline(alice)
    page.get_by_role("link", name=re.compile("^dgx-01")).first.focus()
    page.keyboard.press("Tab")
    assert focused_name(page).startswith("B. Martin · 8 GPU")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".t-free:focus")).to_have_attribute(
        "aria-label", re.compile(r"^free Tue .* 18:00 to Thu .* 09:00")
    )
    page.keyboard.press("ArrowRight")
    expect(bar_of(page, row)).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(plot_of(page, other_machine).locator(".t-free:focus")).to_have_count(1)
    page.keyboard.press("ArrowUp")
    expect(bar_of(page, row)).to_be_focused()
    page.keyboard.press("Home")
    expect(plot_of(page, gpu_machine).locator(".t-free:focus")).to_have_attribute("aria-label", re.compile("^free Mon"))
    page.keyboard.press("Tab")
    assert page.evaluate("!document.activeElement.closest('.at-plot')")  # a row has one stop
    assert_accessible(page)
    assert_quiet(page)


def test_a_free_part_opens_the_form(timeline, gpu_machine, book, alice, bob, when):
    book(bob, (0, 0), (2, 9), 8)
    page = timeline(alice)
    page.locator(f"#main .at-plot[data-resource='{gpu_machine.pk}'] [tabindex='0']").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".t-free:focus")).to_have_count(1)
    page.keyboard.press("Enter")
    page.wait_for_url("**/farm/book/**")
    page.get_by_label("Purpose").fill("by keys")
    page.keyboard.press("Enter")
    expect_toast(page, "Booked")
    made = Reservation.objects.get(owner=alice)
    assert span_of(made) == (when(2, 9), when(2, 13))


def test_shift_moves_alt_resizes_and_enter_saves(timeline, gpu_machine, book, alice, when):
    row = book(alice, (1, 9), (1, 18), 8)
    page = timeline(alice)
    bar = bar_of(page, row)
    said = page.locator("#timeline-said")
    bar.focus()
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    expect(said).to_contain_text("10:00 – 19:00: fits")
    assert span_of(row) == (when(1, 9), when(1, 18))  # saved by Enter only
    page.keyboard.press("Enter")
    expect_toast(page, "Moved")
    assert span_of(row) == (when(1, 10), when(1, 19))
    expect(bar).to_be_focused()

    page.keyboard.press("Alt+ArrowLeft")
    expect(said).to_contain_text("10:00 – 18:30: fits")
    page.keyboard.press("Enter")
    expect_toast(page, "Shortened to")
    assert span_of(row) == (when(1, 10), when(1, 18.5))

    expect(bar).to_be_focused()
    page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("Escape")
    expect(said).to_have_text("Not moved.")
    expect(page.locator(".t-ghost, .t-lifted, .at-tip")).to_have_count(0)
    assert span_of(row) == (when(1, 10), when(1, 18.5))
    undo(page)
    assert span_of(row) == (when(1, 10), when(1, 19))
    assert_quiet(page)


def test_control_z_undoes_and_the_bar_keeps_the_focus(timeline, gpu_machine, book, alice, when):
    row = book(alice, (1, 9), (1, 18), 4)
    page = timeline(alice)
    bar_of(page, row).focus()
    page.keyboard.press("Shift+ArrowRight")
    expect(page.locator("#timeline-said")).to_contain_text("fits")
    page.keyboard.press("Enter")
    expect_toast(page, "Moved")
    assert span_of(row) == (when(1, 9.5), when(1, 18.5))
    page.keyboard.press("Control+z")
    expect_toast(page, "Undone")
    assert span_of(row) == (when(1, 9), when(1, 18))
    assert focused_name(page).startswith("You · 4 GPU")
    assert_quiet(page)


def test_a_refused_move_by_keyboard_and_its_alternative(timeline, gpu_machine, other_machine, book, alice, bob, when):
    book(bob, (1, 18), (2, 9), 8)
    row = book(alice, (1, 9), (1, 18), 8)
    page = timeline(alice)
    bar_of(page, row).focus()
    page.keyboard.press("Alt+ArrowRight")
    expect(page.locator("#timeline-said")).to_contain_text("does not fit, first free at")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # the second alternative: another machine, same time
    expect_toast(page, re.compile("Moved|Changed"))
    assert (*span_of(row), row.lines.get().machine) == (when(1, 9), when(1, 18.5), other_machine)
    expect(bar_of(page, row)).to_be_focused()
    undo(page)
    assert (*span_of(row), row.lines.get().machine) == (when(1, 9), when(1, 18), gpu_machine)


def test_bars_of_others_do_not_move_and_this_is_announced(timeline, gpu_machine, book, alice, bob, when):
    row = book(bob, (1, 9), (1, 18), 8)
    page = timeline(alice)
    bar_of(page, row).focus()
    page.keyboard.press("Shift+ArrowRight")
    expect(page.locator("#timeline-said")).to_have_text("This booking cannot be moved from here.")
    page.keyboard.press("Enter")
    expect(page.locator(OPEN_CARD)).to_be_visible()
    assert span_of(row) == (when(1, 9), when(1, 18))


def test_the_focus_survives_changes_of_others(timeline, gpu_machine, book, alice, bob, when):
    row = book(alice, (1, 9), (1, 18), 4)
    page = timeline(alice)
    bar_of(page, row).focus()
    page.evaluate("window.old = document.activeElement")
    book(bob, (4, 8), (4, 20), 8)
    page.wait_for_function("() => !window.old.isConnected")
    expect(bar_of(page, row)).to_be_focused()

    page.keyboard.press("Enter")
    expect(page.locator(OPEN_CARD)).to_be_visible()
    page.evaluate("window.old = document.querySelector('#farm-timeline')")
    publish("farm")
    page.wait_for_function("() => !window.old.isConnected")
    expect(page.locator(OPEN_CARD)).to_be_visible()
    page.keyboard.press("Escape")
    expect(bar_of(page, row)).to_be_focused()


def test_keys_go_to_another_week_and_today_and_open_the_list_of_keys(timeline, gpu_machine, alice, monday):
    page = timeline(alice)
    page.keyboard.press("ArrowRight")
    page.wait_for_url(f"**day={(monday + timedelta(days=7)).date().isoformat()}*")
    page.keyboard.press("ArrowLeft")
    page.wait_for_url(f"**day={monday.date().isoformat()}*")
    page.keyboard.press("t")
    page.wait_for_url("**/farm/")
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keys of the timeline")
    expect(dialog).to_be_visible()
    assert_accessible(page)
    page.keyboard.press("t")  # keys do nothing behind the dialog
    dialog.get_by_role("checkbox").uncheck()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.keyboard.press("?")
    expect(dialog).to_be_hidden()
    page.get_by_role("button", name="Keys").click()
    dialog.get_by_role("checkbox").check()
    assert_quiet(page)


def test_a_list_of_keys_that_cannot_be_fetched_says_so_and_is_fetched_again(timeline, gpu_machine, alice):
    page = timeline(alice)
    page.route("**/farm/keys/", lambda route: route.abort())
    page.keyboard.press("?")
    expect_toast(page, "The request failed")
    page.unroute("**/farm/keys/")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys of the timeline")).to_be_visible()


def test_a_machine_s_page_moves_its_bookings_too(open_page, gpu_machine, book, alice, when, monday):
    row = book(alice, (1, 9), (1, 18), 8)
    page = open_page(f"/farm/machines/{gpu_machine.pk}/?day={monday.date().isoformat()}", alice)
    bar_of(page, row).focus()
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Enter")
    expect_toast(page, "Moved")
    assert span_of(row) == (when(1, 9.5), when(1, 18.5))
    expect(bar_of(page, row)).to_have_attribute("data-version", "2")
    expect(bar_of(page, row)).to_be_focused()
    undo(page)
    assert span_of(row) == (when(1, 9), when(1, 18))
