"""An open page of a connection with a forge follows the work, in Chromium."""

import pytest
from playwright.sync_api import expect

from courses.models import ForgeConnection
from courses.tests.forge_class import work_on
from kernel.testing.browser import visit

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.parametrize("forge", ["gitlab"], indirect=True),
]


def test_the_page_follows_the_work(forge, school, connect, browser_page):
    forge.add("class/alice")
    connection = connect()
    ForgeConnection.objects.update(state="listing")
    page = browser_page(school.course.teacher)
    visit(page, f"/courses/{school.course.pk}/forge/{connection.pk}/")
    expect(page.get_by_role("heading", name="Reading the list of repositories")).to_be_visible()
    work_on(connection)
    expect(page.get_by_role("button", name="Register them and install the hooks")).to_be_visible()
