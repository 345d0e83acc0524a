"""The timeline driven in Chromium, by mouse and by keyboard; what came of it is looked up in the database."""

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from farm.domain import booking, machines
from farm.models import Reservation
from farm.rules.limits import Line
from kernel.testing.browser import PAGE_PROBLEMS, assert_accessible, assert_fits, assert_quiet, visit_live
from live.publish import publish

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ZONE = ZoneInfo("Europe/Paris")
OPEN_CARD = "#booking-card:popover-open"


@pytest.fixture
def monday():
    """Midnight of the Monday after next, where the readers are: nothing of that week has begun, whenever this runs."""
    today = timezone.now().astimezone(ZONE).date()
    day = today + timedelta(days=14 - today.weekday())
    return datetime(day.year, day.month, day.day, tzinfo=ZONE)


@pytest.fixture
def when(monday):
    """`when(1, 9.5)`: half past nine on the Tuesday, in UTC."""

    def moment(day, hour=0.0):
        return (monday + timedelta(days=day, hours=hour)).astimezone(UTC)

    return moment


@pytest.fixture
def gpu_machine(transactional_db):
    return machines.add_machine(actor=None, name="dgx-01", gpu_model="A100 80 GB", gpu_count=8, memory_gb=512)


@pytest.fixture
def other_machine(transactional_db):
    return machines.add_machine(actor=None, name="dgx-02", gpu_model="A100 80 GB", gpu_count=8, memory_gb=512)


@pytest.fixture
def book(gpu_machine, when):
    """`book(alice, (1, 9), (1, 18), 4)`: Tuesday from nine to six, four GPUs."""

    def make(owner, start, end, gpus, machine=None, **values):
        lines = [Line((machine or gpu_machine).pk, gpus, 0)]
        return booking.book(actor=None, owner=owner, start=when(*start), end=when(*end), lines=lines, **values)

    return make


@pytest.fixture
def timeline(browser_page, monday):
    def load(person, **how):
        page = browser_page(person, **how)
        visit_live(page, f"/farm/?day={monday.date().isoformat()}", "farm-timeline")
        return page

    return load


def plot_of(page, machine):
    return page.locator(f"#main .at-plot[data-resource='{machine.pk}']")


def bar_of(page, row):
    return page.locator(f"#main [data-booking='{row.pk}']")


def point(page, machine, moment, down=20):
    """Where a moment lies in the row of a machine, on the screen."""
    plot = plot_of(page, machine)
    box = box_of(plot)
    start, end = (datetime.fromisoformat(plot.get_attribute(f"data-{name}")) for name in ("start", "end"))
    return box["x"] + (moment - start) / (end - start) * box["width"], box["y"] + down


BOX = """element => {
  element.scrollIntoView({ block: "nearest" });
  const { x, y, width, height } = element.getBoundingClientRect();
  return { x, y, width, height };
}"""


def box_of(locator):
    while not (box := locator.evaluate(BOX))["width"]:  # it was drawn again in between
        pass
    return box


def middle(page, row):
    box = box_of(bar_of(page, row).locator(".t-fill").first)
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(page, start, end, *, drop=True):
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2, steps=3)
    page.mouse.move(*end, steps=3)
    if drop:
        page.mouse.up()


def toast(page, words):
    expect(page.locator("#toasts")).to_contain_text(words)  # words, or a pattern


def undo(page, words="Undone"):
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    toast(page, words)


def span(row):
    row.refresh_from_db()
    return row.start, row.end


def focused(page):
    return page.evaluate("document.activeElement.getAttribute('aria-label') || document.activeElement.tagName")


# --- by mouse
def test_drag_on_free_space_books_and_undo_gives_it_up(timeline, gpu_machine, alice, when):
    page = timeline(alice)
    drag(page, point(page, gpu_machine, when(1, 9)), point(page, gpu_machine, when(1, 18)), drop=False)
    expect(page.locator(".t-ghost")).to_be_visible()
    expect(page.locator(".at-tip")).to_contain_text("fits, 8 GPU · 512 GB free")
    page.mouse.up()
    page.wait_for_url("**/farm/book/**")
    asked = {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}
    assert (datetime.fromisoformat(asked["start"]), datetime.fromisoformat(asked["end"])) == (when(1, 9), when(1, 18))
    assert asked["next"].startswith("/farm/?day=")
    page.get_by_label("Purpose").fill("by hand")
    page.get_by_role("main").get_by_role("button", name="Book", exact=True).click()
    toast(page, "Booked")
    made = Reservation.objects.get()
    assert (made.owner, *span(made)) == (alice, when(1, 9), when(1, 18))
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
    toast(page, "Moved")
    assert span(row) == (when(2, 9), when(2, 18))
    expect(bar_of(page, row)).to_have_attribute("data-start", re.compile(when(2, 9).strftime("%Y-%m-%dT%H:%M")))
    undo(page)
    assert span(row) == (when(1, 9), when(1, 18))
    assert_quiet(page)


def test_its_edges_resize_and_a_press_without_a_move_is_a_click(timeline, gpu_machine, book, alice, when):
    row = book(alice, (1, 8), (2, 8), 8)
    page = timeline(alice)
    x, y = point(page, gpu_machine, when(2, 8))
    drag(page, (x - 3, y), point(page, gpu_machine, when(2, 20)))
    toast(page, "Extended to")
    assert span(row) == (when(1, 8), when(2, 20))
    page.wait_for_load_state("networkidle")
    x, y = point(page, gpu_machine, when(1, 8))
    drag(page, (x + 3, y), point(page, gpu_machine, when(1, 20)))
    toast(page, "Moved")
    assert span(row) == (when(1, 20), when(2, 20))
    page.wait_for_load_state("networkidle")
    page.mouse.click(*middle(page, row))
    expect(page.locator(OPEN_CARD)).to_be_visible()


def test_to_another_machine(timeline, gpu_machine, other_machine, book, alice, when):
    row = book(alice, (1, 9), (1, 18), 8)
    page = timeline(alice)
    x, __ = middle(page, row)
    drag(page, middle(page, row), (x, point(page, other_machine, when(1))[1]))
    toast(page, "Moved")
    assert row.lines.get().machine == other_machine
    expect(plot_of(page, other_machine).locator(f"[data-booking='{row.pk}']")).to_be_visible()
    undo(page)
    assert row.lines.get().machine == gpu_machine


def test_a_place_that_is_taken_is_refused_and_an_alternative_taken(timeline, gpu_machine, book, alice, bob, when):
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
    expect(refusal).to_contain_text("dgx-01 is 2 GPUs short")
    expect(refusal).to_be_focused()
    assert span(row) == (when(1, 8), when(1, 20))
    assert_accessible(page)
    page.keyboard.press("Escape")
    expect(refusal).to_be_hidden()
    expect(page.locator(".t-ghost, .t-lifted")).to_have_count(0)
    expect(bar_of(page, row)).to_be_focused()

    drag(page, (x, y), (x + day, y))
    page.get_by_role("listitem").filter(has_text="A smaller share").get_by_role("button", name="Take this").click()
    toast(page, re.compile("Moved|Changed"))
    assert (*span(row), row.lines.get().gpus) == (when(2, 8), when(2, 20), 2)
    undo(page)
    assert (*span(row), row.lines.get().gpus) == (when(1, 8), when(1, 20), 4)
    PAGE_PROBLEMS[page].console.clear()  # Chromium notes each 409


def test_escape_leaves_it_where_it_was_and_so_do_others_bars(timeline, gpu_machine, book, alice, bob, when):
    mine, other = book(alice, (1, 8), (1, 20), 8), book(bob, (3, 8), (3, 20), 8)
    page = timeline(alice)
    for row in (mine, other):
        x, y = middle(page, row)
        drag(page, (x, y), (x + 60, y), drop=False)
        page.keyboard.press("Escape")
        page.mouse.up()
    expect(page.locator(".t-ghost, .t-lifted, .at-tip")).to_have_count(0)
    expect(page.locator(OPEN_CARD)).to_have_count(0)
    assert span(mine) == (when(1, 8), when(1, 20))
    assert span(other) == (when(3, 8), when(3, 20))


def test_what_somebody_else_changed_meanwhile_is_not_moved(timeline, gpu_machine, book, alice, when):
    row = book(alice, (1, 8), (1, 20), 8)
    page = timeline(alice)
    x, y = middle(page, row)
    drag(page, (x, y), (x + 60, y), drop=False)
    booking.change(actor=None, reservation_id=row.pk, end=when(1, 22))
    page.mouse.up()
    toast(page, "in the meantime")
    assert span(row) == (when(1, 8), when(1, 22))
    expect(page.locator(".t-ghost, .t-lifted")).to_have_count(0)


def test_what_changes_elsewhere_waits_until_a_drag_is_over(timeline, gpu_machine, book, alice, bob, when):
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


# --- the card
def test_the_card_of_one_s_own_acts_and_gives_the_focus_back(timeline, gpu_machine, book, alice, when):
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
    toast(page, "Extended to")
    assert span(row) == (when(1, 9), when(1, 19))
    expect(bar_of(page, row)).to_be_focused()
    undo(page)
    assert span(row) == (when(1, 9), when(1, 18))

    page.mouse.click(*middle(page, row))
    card.get_by_role("button", name="Move").click()
    card.get_by_role("button", name="30 min later", exact=True).click()
    toast(page, "Moved")
    assert span(row) == (when(1, 9.5), when(1, 18.5))

    page.mouse.click(*middle(page, row))
    card.get_by_role("button", name="Cancel booking").click()
    toast(page, "Cancelled")
    expect(bar_of(page, row)).to_have_count(0)
    undo(page)
    row.refresh_from_db()
    assert row.state == "confirmed"
    expect(bar_of(page, row)).to_be_visible()
    assert_quiet(page)


def test_somebody_else_s_card_is_read(timeline, gpu_machine, book, alice, bob):
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


def test_without_scripts_a_bar_leads_to_its_page(browser_page, gpu_machine, book, alice, monday):
    row = book(alice, (1, 9), (1, 18), 8, purpose="thesis")
    page = browser_page(alice, scripts=False)
    page.goto(f"/farm/?day={monday.date().isoformat()}")
    bar_of(page, row).click()
    page.wait_for_url(f"**/farm/bookings/{row.pk}/")
    page.get_by_role("button", name="Cancel booking").click()
    toast(page, "Cancelled")
    undo(page)
    row.refresh_from_db()
    assert row.state == "confirmed"


# --- by keyboard
def test_tab_stops_once_per_row_and_arrows_go_along_bars_and_free_parts(
    timeline, gpu_machine, other_machine, book, alice, bob, when
):
    book(bob, (1, 9), (1, 18), 8)
    row = book(alice, (3, 9), (3, 18), 8)
    page = timeline(alice)
    page.get_by_role("link", name=re.compile("^dgx-01")).first.focus()
    page.keyboard.press("Tab")
    assert focused(page).startswith("B. Martin · 8 GPU")
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
    assert page.evaluate("!document.activeElement.closest('.at-plot')")  # one stop: the row is left
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
    toast(page, "Booked")
    made = Reservation.objects.get(owner=alice)
    assert span(made) == (when(2, 9), when(2, 13))


def test_shift_and_an_arrow_move_and_alt_resizes_and_enter_drops(timeline, gpu_machine, book, alice, when):
    row = book(alice, (1, 9), (1, 18), 8)
    page = timeline(alice)
    bar = bar_of(page, row)
    said = page.locator("#timeline-said")
    bar.focus()
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    expect(said).to_contain_text("10:00 – 19:00: fits")
    assert span(row) == (when(1, 9), when(1, 18))  # not before Enter
    page.keyboard.press("Enter")
    toast(page, "Moved")
    assert span(row) == (when(1, 10), when(1, 19))
    expect(bar).to_be_focused()

    page.keyboard.press("Alt+ArrowLeft")
    expect(said).to_contain_text("10:00 – 18:30: fits")
    page.keyboard.press("Enter")
    toast(page, "Shortened to")
    assert span(row) == (when(1, 10), when(1, 18.5))

    expect(bar).to_be_focused()
    page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("Escape")
    expect(said).to_have_text("Left where it was.")
    expect(page.locator(".t-ghost, .t-lifted, .at-tip")).to_have_count(0)
    assert span(row) == (when(1, 10), when(1, 18.5))
    undo(page)
    assert span(row) == (when(1, 10), when(1, 19))
    assert_quiet(page)


def test_control_z_takes_the_toast_s_offer_and_the_bar_keeps_the_focus(timeline, gpu_machine, book, alice, when):
    row = book(alice, (1, 9), (1, 18), 4)
    page = timeline(alice)
    bar_of(page, row).focus()
    page.keyboard.press("Shift+ArrowRight")
    expect(page.locator("#timeline-said")).to_contain_text("fits")
    page.keyboard.press("Enter")
    toast(page, "Moved")
    assert span(row) == (when(1, 9.5), when(1, 18.5))
    page.keyboard.press("Control+z")
    toast(page, "Undone")
    assert span(row) == (when(1, 9), when(1, 18))
    assert focused(page).startswith("You · 4 GPU")
    assert_quiet(page)


def test_the_card_stays_in_the_window_when_it_unfolds(timeline, gpu_machine, book, alice):
    row = book(alice, (1, 9), (1, 18), 4)
    page = timeline(alice)
    page.set_viewport_size({"width": 1280, "height": 620})
    bar_of(page, row).focus()
    page.keyboard.press("Enter")
    page.locator(OPEN_CARD).get_by_role("button", name="Move").click()
    expect(page.locator("#card-move")).to_be_visible()
    low, high = page.locator(OPEN_CARD).evaluate("card => [card.getBoundingClientRect().bottom, innerHeight]")
    assert low <= high


def test_a_refusal_by_keyboard_and_an_alternative_taken(timeline, gpu_machine, other_machine, book, alice, bob, when):
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
    page.keyboard.press("Enter")  # the second: another machine, same time
    toast(page, re.compile("Moved|Changed"))
    assert (*span(row), row.lines.get().machine) == (when(1, 9), when(1, 18.5), other_machine)
    expect(bar_of(page, row)).to_be_focused()
    undo(page)
    assert (*span(row), row.lines.get().machine) == (when(1, 9), when(1, 18), gpu_machine)


def test_others_bars_do_not_move_and_say_so(timeline, gpu_machine, book, alice, bob, when):
    row = book(bob, (1, 9), (1, 18), 8)
    page = timeline(alice)
    bar_of(page, row).focus()
    page.keyboard.press("Shift+ArrowRight")
    expect(page.locator("#timeline-said")).to_have_text("This booking cannot be moved from here.")
    page.keyboard.press("Enter")
    expect(page.locator(OPEN_CARD)).to_be_visible()
    assert span(row) == (when(1, 9), when(1, 18))


def test_the_focus_survives_what_changes_elsewhere(timeline, gpu_machine, book, alice, bob, when):
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


def test_today_a_week_on_and_the_list_of_keys(timeline, gpu_machine, alice, monday):
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
    page.keyboard.press("t")  # nothing acts behind it
    dialog.get_by_role("checkbox").uncheck()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.keyboard.press("?")
    expect(dialog).to_be_hidden()
    page.get_by_role("button", name="Keys").click()
    dialog.get_by_role("checkbox").check()
    assert_quiet(page)


def test_a_machine_s_page_moves_its_bookings_too(open_page, gpu_machine, book, alice, when, monday):
    row = book(alice, (1, 9), (1, 18), 8)
    page = open_page(f"/farm/machines/{gpu_machine.pk}/?day={monday.date().isoformat()}", alice)
    bar_of(page, row).focus()
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Enter")
    toast(page, "Moved")
    assert span(row) == (when(1, 9.5), when(1, 18.5))
    expect(bar_of(page, row)).to_have_attribute("data-version", "2")
    expect(bar_of(page, row)).to_be_focused()
    undo(page)
    assert span(row) == (when(1, 9), when(1, 18))
