"""The matrix and the page of a task in Chromium: live updates, and filters without a reload."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from courses.domain import course_tasks, roster
from courses.tests.browser_helpers import refetch, wait_for_fragment
from kernel.testing.browser import visit_live

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SCROLL_POSITIONS = """[scrollY, ...[...document.querySelectorAll('.at-over, .at-scroller')]
  .flatMap(box => [box.scrollLeft, box.scrollTop])]"""


@pytest.fixture
def crowd(school, person):
    for number in range(40):
        person(f"student{number}", last_name=f"Martin{number:02}")
        roster.enrol(None, school.course, username=f"student{number}", group_id="A1")
    return school


@pytest.mark.parametrize("scrolled", [300, 1500])
def test_a_live_update_keeps_the_scroll_positions_and_the_focus(crowd, browser_page, scrolled):
    page = browser_page(crowd.course.teacher, width=390)
    visit_live(page, f"/courses/{crowd.course.pk}/tasks/{crowd.first.pk}/", "report")
    link = page.locator("#students tbody a").last
    link.evaluate("link => link.focus()")
    page.evaluate("document.querySelector('#students .at-over').scrollLeft = 40")
    page.evaluate("top => scrollTo({top, behavior: 'instant'})", scrolled)
    before = page.evaluate(SCROLL_POSITIONS)
    assert (before[0], 40 in before) == (scrolled, True)

    refetch(page, "report")

    assert page.evaluate(SCROLL_POSITIONS) == before
    expect(link).to_be_focused()  # not the other link to the same student, further up


def test_the_filters_fetch_only_the_table_and_stay_in_the_address_and_in_live_updates(crowd, browser_page):
    page, home = browser_page(crowd.course.teacher), f"/courses/{crowd.course.pk}/"
    visit_live(page, home, "matrix")
    page.evaluate("window.loaded = 'once'")
    names = page.locator("#matrix tbody th")
    name, state, group = (
        page.get_by_label("Filter by name"),
        page.get_by_label("State"),
        page.get_by_role("link", name="A2"),
    )

    name.focus()
    page.keyboard.type("student1", delay=20)
    expect(names).to_have_count(11)
    expect(page.locator("#matrix-count")).to_contain_text("11 students")
    expect(name).to_be_focused()
    expect(page).to_have_url(f"{page.url.partition(home)[0]}{home}?name=student1")

    state.select_option("done")
    state.focus()
    expect(page.get_by_role("heading", name="No student matches")).to_be_visible()
    expect(state).to_be_focused()
    state.select_option("")
    name.fill("")
    expect(names).to_have_count(42)
    group.focus()
    page.keyboard.press("Enter")
    expect(names).to_have_count(1)
    expect(group).to_be_focused()
    expect(group).to_have_attribute("aria-current", "true")
    page.get_by_label("Sort").select_option("push")
    expect(page).to_have_url(f"{page.url.partition(home)[0]}{home}?group=A2&sort=push")

    refetch(page, "matrix")

    expect(names).to_have_text(["Bob Martin A2"])
    assert page.evaluate("window.loaded") == "once"
    assert page.evaluate("localStorage.length") == 0, "the browser stores no page with the names of a class"


def test_the_filter_of_a_task_page_needs_no_reload_and_stays_in_live_updates(crowd, browser_page):
    page, home = browser_page(crowd.course.teacher), f"/courses/{crowd.course.pk}/tasks/{crowd.second.pk}/"
    visit_live(page, home, "report")
    page.evaluate("window.loaded = 'once'")
    wait_for_fragment(page, "report", lambda: page.get_by_label("State").select_option("done"))
    expect(page.get_by_text("Nobody is in this state.")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/\?state=done$"))
    refetch(page, "report")
    expect(page.get_by_text("Nobody is in this state.")).to_be_visible()
    wait_for_fragment(page, "report", lambda: page.get_by_label("State").select_option(""))
    expect(page.locator("#students tbody tr")).to_have_count(42)
    expect(page).to_have_url(re.compile(rf"{home}$"))
    assert page.evaluate("window.loaded") == "once"


def test_without_scripts_the_filters_are_a_form_with_a_button(crowd, browser_page):
    page = browser_page(crowd.course.teacher, scripts=False)
    page.goto(f"/courses/{crowd.course.pk}/")
    page.get_by_label("Filter by name").fill("bob")
    page.get_by_label("Last push").select_option("never")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("#matrix tbody th")).to_have_text(["Bob Martin A2"])


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_task_that_a_cell_links_to_is_in_view_and_marked_also_after_an_update(crowd, browser_page, theme):
    for number in range(20):
        course_tasks.add_task(None, crowd.course, path=f"/more/{number}", repo_path="/depot")
    task = crowd.course.tasks.order_by("pk").last()
    page = browser_page(crowd.course.teacher, theme=theme)
    visit_live(page, f"/courses/{crowd.course.pk}/students/bob/#task-{task.pk}", "desk")
    row, other = page.locator(f"#task-{task.pk}"), page.locator(f"#task-{crowd.second.pk}")
    page.evaluate("id => document.getElementById(id).scrollIntoView({behavior: 'instant'})", f"task-{task.pk}")
    head = page.locator(".at-lanes thead th").first.bounding_box()
    assert row.bounding_box()["y"] >= head["y"] + head["height"]
    background = "row => getComputedStyle(row.firstElementChild).backgroundColor"
    for _again in range(2):
        assert row.evaluate(background) != other.evaluate(background)
        refetch(page, "desk")


def test_the_matrix_fills_the_window_and_its_heads_stay_in_view(crowd, browser_page):
    page = browser_page(crowd.course.teacher)
    page.set_viewport_size({"width": 1280, "height": 800})
    visit_live(page, f"/courses/{crowd.course.pk}/", "matrix")
    assert page.evaluate("document.documentElement.scrollHeight") == 800, "only the matrix scrolls"
    box = page.locator("#matrix").bounding_box()
    assert box["height"] > 300
    page.evaluate("document.getElementById('matrix').scrollTop = 9999")
    head = page.locator(".at-task-head").first
    assert head.bounding_box()["y"] > box["y"]
    page.keyboard.press("Tab")  # so that the focus ring shows
    head.focus()
    assert head.evaluate("link => getComputedStyle(link).outlineOffset") == "-2px", "the focus ring is not clipped"


def test_a_long_status_stays_inside_its_tile(crowd, browser_page):
    page = browser_page(crowd.course.teacher)
    visit_live(page, f"/courses/{crowd.course.pk}/tasks/{crowd.second.pk}/", "report")
    tiles = page.locator(".at-stats dt")
    page.locator(".at-stats").evaluate("list => list.style.gridTemplateColumns = 'repeat(8, 8.5rem)'")
    assert tiles.evaluate_all("all => all.every(tile => tile.scrollWidth <= tile.clientWidth)")


@pytest.mark.parametrize("supported", [True, False], ids=["by CSS", "by script"])
def test_the_matrix_opens_at_the_current_tasks_with_the_last_pushes_in_view(crowd, browser_page, supported):
    later = timezone.now() + timedelta(days=2)
    for number in range(40):
        course_tasks.add_task(
            None, crowd.course, path=f"/more/{number:02}", repo_path="/depot", deadline=later if number == 30 else None
        )
    page = browser_page(crowd.course.teacher)
    if not supported:
        page.add_init_script("CSS.supports = () => false;")
    visit_live(page, f"/courses/{crowd.course.pk}/", "matrix")
    assert page.evaluate("document.getElementById('matrix').scrollLeft") > 0
    names, pushes = page.locator("#matrix thead th").nth(0), page.locator("#matrix thead th").nth(1)
    start = page.locator("#matrix .at-start-here")
    left, middle = names.bounding_box(), pushes.bounding_box()
    assert middle["x"] == pytest.approx(left["x"] + left["width"], abs=1), "the last pushes stand beside the names"
    assert start.bounding_box()["x"] >= middle["x"] + middle["width"] - 1, "and do not hide the current task"
    box = page.locator("#matrix").bounding_box()
    assert start.bounding_box()["x"] < box["x"] + box["width"]
