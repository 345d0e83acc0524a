"""The pages that add people from a file, in Chromium: clicked without scripts, live with them, at both widths."""

import os
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from courses import tasks
from courses.domain import roster_imports
from courses.models import Enrolment, RosterImport
from kernel.testing.browser import DISPLAY_VARIANTS, assert_good, assert_good_turned, visit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LIST = (
    "Matricule;Nom;Prénom;Courriel;Groupe;Programme\n"
    "1000001;Tremblay;Élodie;elodie.tremblay@school.example;Groupe 01;420.B0\n"
    ";الزهراء;فاطمة;f.zahra@school.example;Groupe 01;420.B0\n"
    "alice;Martin;Alice;;A2;420.B0\n"
    "bob;Martin;Bob;;A2;420.B0\n"
    "1000002;Roy;Luc;luc@school.example;Groupe 01;420.B0\n"
    "1000002;Roy;Luc;luc@school.example;Groupe 02;420.B0\n"
    ";Roy;Ama;ama@;Groupe 02;420.B0\n"
)


def picture(page, name):
    """Keep a picture of the page where PICTURES names a folder."""
    if folder := os.environ.get("PICTURES"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


def send_file(page, school):
    visit(page, f"/courses/{school.course.pk}/roster/")
    page.get_by_role("link", name="Add from a file").click()
    file = {"name": "class.csv", "mimeType": "text/csv", "buffer": LIST.encode()}
    page.get_by_label("File", exact=True).set_input_files(file)
    page.get_by_role("button", name="Show the preview").click()


def test_a_file_is_applied_by_clicking_without_scripts(school, browser_page):
    page = browser_page(school.course.teacher, width=390, scripts=False)
    send_file(page, school)
    page.get_by_label("“Programme”").select_option(label="Group")
    page.get_by_role("button", name="Use these columns").click()
    expect(page.get_by_text("Two columns are “Group”. Choose one.")).to_be_visible()
    page.get_by_label("“Programme”").select_option(label="Ignore")
    page.get_by_role("button", name="Use these columns").click()
    page.get_by_role("button", name="Apply 3 lines").click()
    expect(page.get_by_text("0 of 7 lines")).to_be_visible()
    RosterImport.objects.update(touched_at=timezone.now() - 2 * roster_imports.STALLED)
    page.get_by_role("link", name="Show how far it is").click()
    page.get_by_role("button", name="Continue here").click()
    expect(page.get_by_text("7 of 7 lines")).to_be_visible()
    assert Enrolment.objects.get(person__username="1000001").group.title == "Groupe 01"


def test_the_page_shows_the_result_when_the_worker_is_done(school, browser_page):
    page = browser_page(school.course.teacher)
    send_file(page, school)
    page.get_by_role("button", name="Apply 3 lines").click()
    expect(page.locator("#live-dot")).to_have_text("Live")
    tasks.apply_roster_import(RosterImport.objects.get().pk)
    expect(page.get_by_role("heading", name="Done")).to_be_visible()
    expect(page.locator("#import tbody tr")).to_have_count(7)


def press(page, selector):
    """Press a button, and wait for the page that follows."""
    with page.expect_navigation():
        page.locator(selector).click()


@pytest.mark.parametrize("variant", DISPLAY_VARIANTS)
def test_every_step_is_good_at_both_widths_and_in_both_themes(school, browser_page, variant):
    page, name = browser_page(school.course.teacher, **variant), f"{variant['width']}-{variant['theme']}"
    address = f"/courses/{school.course.pk}/roster/import/"
    visit(page, address)
    assert_good_turned(page)
    picture(page, f"new-{name}")
    press(page, "form.at-card button[type=submit]")
    assert_good(page, status=422)
    picture(page, f"wrong-{name}")
    visit(page, address)
    page.locator("textarea").fill(LIST)
    press(page, "form.at-card button[type=submit]")
    assert_good_turned(page)
    picture(page, f"preview-{name}")
    press(page, "form:has([name=mark]) button")
    RosterImport.objects.update(touched_at=timezone.now() - 2 * roster_imports.STALLED)
    page.reload()
    assert_good_turned(page)
    picture(page, f"applying-{name}")
    press(page, "form:has([value=continue]) button")
    assert_good_turned(page)
    picture(page, f"done-{name}")
