"""A teacher connects a class with a forge, in Chromium."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

from courses.models import ForgeConnection
from courses.tests.forge_class import work_on
from gitsync.tests.forge_server import TOKEN
from kernel.testing.browser import assert_good_turned, visit

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.parametrize("forge", ["gitlab"], indirect=True),
]


@pytest.fixture
def site(thread_site):
    """The site in this process, which has the settings of this process: the forge is on loopback."""
    return thread_site


def picture(page, name):
    """Keep a picture of the page where PICTURES names a folder."""
    if folder := os.environ.get("PICTURES"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


@pytest.mark.parametrize("scripts", [True, False])
def test_from_nothing_to_a_hooked_class_by_clicking(forge, school, browser_page, scripts):
    forge.add("class/tp-alice")
    forge.add("class/secret-project")
    forge.add("class/starter", is_private=False)
    page = browser_page(school.course.teacher, width=1280 if scripts else 390, scripts=scripts)
    visit(page, f"/courses/{school.course.pk}/repositories/")
    page.get_by_role("link", name="Connect a forge").click()
    page.get_by_label("Address of your own server").fill(forge.url)
    page.get_by_label("Organisation, group or workspace").fill("class")
    page.get_by_label("Token", exact=True).fill(TOKEN)
    picture(page, f"forge-new-{scripts}")
    page.get_by_role("button", name="Read the list of repositories").click()
    expect(page.get_by_role("heading", name="Reading the list of repositories")).to_be_visible()
    connection = work_on(ForgeConnection.objects.get())
    page.reload()
    expect(page.get_by_text("3 repositories found; 1 of 2 students have one.")).to_be_visible()
    page.get_by_label("Student of class/secret-project").fill("bob")
    picture(page, f"forge-proposed-{scripts}")
    page.get_by_role("button", name="Register them and install the hooks").click()
    expect(page.get_by_role("heading", name="Registering repositories and installing hooks")).to_be_visible()
    work_on(connection)
    page.reload()
    expect(page.get_by_text("2 installed")).to_be_visible()
    picture(page, f"forge-installed-{scripts}")
    assert [len(hooks) for hooks in forge.hook_urls()] == [1, 1, 0]


@pytest.mark.parametrize("state", ["new", "proposed", "failed"])
def test_the_pages_are_good_in_both_themes_and_widths(forge, school, connect, browser_page, state):
    forge.add("class/alice")
    forge.add("class/a-repository-with-a-long-name-that-nobody-has-chosen-yet")
    connection = connect()
    if state == "failed":
        ForgeConnection.objects.update(state="installing", problem="scope", problem_detail="api")
        connection.repositories.filter(full_name="class/alice").update(state="failed", problem="not_allowed")
    page = browser_page(school.course.teacher)
    visit(page, f"/courses/{school.course.pk}/forge/" + ("" if state == "new" else f"{connection.pk}/"))
    picture(page, f"forge-{state}-1280")
    assert_good_turned(page)
    picture(page, f"forge-{state}-turned")
