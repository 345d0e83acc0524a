"""Driving the timeline in a test: where things are on the screen, and what a person does with them."""

from datetime import datetime

from playwright.sync_api import expect

OPEN_CARD = "#booking-card:popover-open"

BOX = """element => {
  element.scrollIntoView({ block: "nearest" });
  const { x, y, width, height } = element.getBoundingClientRect();
  return { x, y, width, height };
}"""


def plot_of(page, machine):
    return page.locator(f"#main .at-plot[data-resource='{machine.pk}']")


def bar_of(page, row):
    return page.locator(f"#main .t-bar[href='/farm/bookings/{row.pk}/']")


def point(page, machine, moment, down=20):
    """Return where a moment lies in the row of a machine, in pixels of the screen."""
    plot = plot_of(page, machine)
    box = box_of(plot)
    head = page.locator(".at-tl .at-days")
    start, end = (datetime.fromisoformat(head.get_attribute(f"data-{name}")) for name in ("start", "end"))
    return box["x"] + (moment - start) / (end - start) * box["width"], box["y"] + down


def box_of(locator):
    while not (box := locator.evaluate(BOX))["width"]:  # the page replaced it in between
        pass
    return box


def middle(page, row):
    box = box_of(bar_of(page, row).locator("rect").first)
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(page, start, end, *, drop=True):
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2, steps=3)
    page.mouse.move(*end, steps=3)
    if drop:
        page.mouse.up()


def expect_toast(page, words):
    expect(page.locator("#toasts")).to_contain_text(words)  # a text or a pattern


def undo(page, words="Undone"):
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    expect_toast(page, words)


def span_of(row):
    row.refresh_from_db()
    return row.start, row.end


def focused_name(page):
    """Return the name of the bar, free part or other element that has the focus."""
    element = page.evaluate_handle("document.activeElement").as_element()
    return element.get_attribute("aria-label") or (
        element.query_selector("title").text_content()
        if element.query_selector("title")
        else element.evaluate("e => e.tagName")
    )
