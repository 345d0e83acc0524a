"""The page of the ZIPs of everybody's files in Chromium: asked for, followed live, downloaded, cancelled."""

import os
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from courses.domain import work_zip_making, work_zips
from courses.models import WorkZip
from courses.tests.class_work import contents
from kernel.testing.browser import assert_good_turned, visit, visit_live

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def picture(page, name):
    """Keep a picture of the page where PICTURES names a folder."""
    if folder := os.environ.get("PICTURES"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


def test_an_open_page_follows_a_zip_until_it_is_downloaded(school, browser_page, tmp_path):
    address = reverse("task-zips", args=[school.course.pk, school.first.pk])
    page = browser_page(school.course.teacher)
    visit(page, address)
    expect(page.get_by_text("Nobody has asked for the files")).to_be_visible()
    picture(page, "zips-empty-1280")
    page.get_by_label("Which commits").select_option("latest")
    page.get_by_role("button", name="Pack the files").click()
    expect(page.get_by_text("0 of 2 folders")).to_be_visible()
    picture(page, "zips-waiting-1280")
    visit_live(page, address, "zips")
    work_zip_making.make(WorkZip.objects.get().pk)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    file = tmp_path / "files.zip"
    download.value.save_as(file)
    assert contents(file.read_bytes()) == {}
    assert download.value.suggested_filename.startswith("structures-tp1-exercice1-latest-")
    expect(page.get_by_text("2 students without work")).to_be_visible()
    assert_good_turned(page)
    picture(page, "zips-ready-1280")


def test_without_scripts_on_a_phone_it_is_cancelled_and_deleted(school, browser_page):
    page = browser_page(school.course.teacher, width=390, scripts=False)
    visit(page, reverse("task-zips", args=[school.course.pk, school.first.pk]))
    page.get_by_role("button", name="Pack the files").click()
    picture(page, "zips-waiting-390")
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Cancelled")).to_be_visible()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("Nobody has asked for the files")).to_be_visible()
    work_zips.ask(school.course.teacher, school.first, choice="deadline", limit=None)
    WorkZip.objects.update(state="failed", failure="disk_full")
    page.reload()
    expect(page.get_by_text("The disk of the server is full.")).to_be_visible()
    picture(page, "zips-failed-390")
