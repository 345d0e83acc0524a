"""The help, the audit log, the first steps, the search of people, health and the administration in a browser."""

import os

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.audit import record
from accounts.help_texts import ROLES, help_text
from courses.domain import course_tasks, courses, roster
from courses.models import Task
from gitsync.models import LocalCopy, Repository
from kernel.testing.browser import assert_accessible, assert_fits, assert_good_turned, assert_quiet, visit
from mail.models import Mail
from mail.outgoing import new_mail, write

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PICTURES = os.environ.get("GUIDE_PICTURES", "")
SIZES = pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (390, "dark")])


def picture(page, name):
    if PICTURES:
        size = page.viewport_size
        page.screenshot(path=f"{PICTURES}/{name}-{size['width']}.png", full_page=True)


@pytest.fixture
def course(teacher, alice):
    """A course that asks alice for a repository."""
    course = courses.create_course(teacher, teacher, semester_id="A2026", course_id="C", title="Structures")
    roster.enrol(teacher, course, username="alice")
    course_tasks.add_task(teacher, course, path="/depot", title="Depot", asks_for=Task.Asks.REPOSITORY)
    return course


@SIZES
def test_the_help_is_good_in_both_languages_and_reached_from_the_frame(open_page, alice, width, theme):
    page = open_page("/", alice, width=width, theme=theme)
    if width < 600:
        page.locator("details:has(.at-avatar) summary").click()
    page.get_by_role("link", name="Help").locator("visible=true").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(help_text("student", "en").title)
    page.get_by_role("link", name="Assistants").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(help_text("assistant", "en").title)
    for role in ROLES:
        visit(page, f"/help/{role}/")
        assert_good_turned(page)
        picture(page, f"help-{role}")


def test_the_help_is_there_without_signing_in_and_in_french(open_page):
    page = open_page("/sign-in/", language="fr")
    page.locator('a[href="/help/"]').click()
    expect(page.get_by_role("heading", level=1)).to_have_text(help_text("student", "fr").title)
    assert_good_turned(page)


@SIZES
def test_the_audit_log_is_filtered_opened_and_paged(open_page, staff, alice, course, width, theme):
    for number in range(55):
        record(alice, "farm.book", f"reservation:{number}", after={"purpose": "x" * 200}, reason="a reason " * 20)
    record(staff, "accounts.role", f"user:{alice.pk}", before={"is_staff": False}, after={"is_staff": True})
    page = open_page("/audit/", staff, width=width, theme=theme)
    page.get_by_text("Show details").first.click()
    expect(page.get_by_role("cell", name="yes")).to_be_visible()
    assert_good_turned(page)
    picture(page, "audit-log")
    page.get_by_role("link", name="Earlier").click()
    expect(page.get_by_role("link", name="Later")).to_be_visible()
    page.get_by_label("Person").fill("alice")
    page.get_by_label("Object").fill("Structures")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("heading", name="No entry matches")).to_be_visible()
    page.get_by_label("Object").fill("no such thing")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("No person, course, task, machine or project has this name.")).to_be_visible()
    assert_accessible(page)
    assert_fits(page)
    picture(page, "audit-log-error")


@SIZES
def test_staff_are_led_through_their_first_steps(open_page, person, width, theme):
    admin = person("admin", is_staff=True, is_superuser=True)
    page = open_page("/", admin, width=width, theme=theme)
    card = page.locator("#first-steps-1")
    expect(card).to_contain_text("0 of 5 done")
    picture(page, "first-steps")
    assert_good_turned(page)
    card.get_by_role("link", name="Name the school").click()
    page.get_by_label("Name of the school").fill("Collège Ada")
    assert_good_turned(page)
    picture(page, "school")
    page.get_by_role("button", name="Save").click()
    expect(card).to_contain_text("1 of 5 done")
    card.get_by_role("button", name="Not now Set up a mail server").click()
    card.get_by_text("1 step left for later").click()
    assert_accessible(page)
    card.get_by_role("button", name="Take up again").click()
    expect(card).not_to_contain_text("left for later")
    assert_quiet(page)


@SIZES
def test_teachers_and_students_are_led_without_scripts(browser_page, teacher, alice, course, width, theme):
    page = browser_page(teacher, width=width, theme=theme, scripts=False)
    page.goto("/")
    expect(page.locator("#first-steps-1")).to_contain_text("2 of 3 done")
    page = browser_page(alice, width=width, theme=theme, scripts=False)
    page.goto("/")
    card = page.locator("#first-steps-1")
    expect(card).to_contain_text("0 of 2 done")
    picture(page, "first-steps-student")
    card.get_by_role("button", name="Not now Show your pushes at once").click()
    expect(card).to_contain_text("1 step left for later")
    card.get_by_role("link", name="Give the address").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_a_new_teacher_is_led_to_a_course(open_page, teacher):
    page = open_page("/", teacher)
    picture(page, "first-steps-teacher")
    page.locator("#first-steps-1").get_by_role("link", name="New course").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("New course")


@SIZES
def test_people_health_and_the_administration_are_good(open_page, staff, course, width, theme):
    page = open_page("/people/", staff, width=width, theme=theme)
    for path, name in (
        ("/people/", "people"),
        ("/people/?q=nobody", "people-empty"),
        ("/health/", "health"),
        ("/audit/?person=x", "audit-error"),
    ):
        visit(page, path)
        problems_status = 422 if "person=x" in path else 200
        assert_good_turned(page, status=problems_status)
        picture(page, name)


@SIZES
def test_the_administration_fits_a_phone(open_page, staff, course, width, theme):
    page = open_page("/admin/", staff, width=width, theme=theme)
    picture(page, "admin")
    expect(page.locator("caption").first).to_have_text("People")
    assert_fits(page)
    assert_quiet(page)
    if width < 600:
        inset = page.evaluate("document.querySelector('#content').getBoundingClientRect().left")
        padding = page.evaluate("parseFloat(getComputedStyle(document.querySelector('#content')).paddingLeft)")
        assert inset + padding >= 12
    visit(page, f"/admin/accounts/user/{staff.pk}/change/")
    picture(page, "admin-person")
    assert_quiet(page)


def test_long_values_break_in_the_lists_of_the_administration(open_page, staff, alice):
    word, now = "a" * 60, timezone.now()
    write([new_mail(alice, "accounts.invitation", key="1", address=f"{word}@x.example", written=(word, "text"))])
    Mail.objects.update(last_error=f"Error: {word}", sent_at=now, dead_at=now)
    record(staff, "accounts.role", f"user:{alice.pk}", reason=word)
    repository = Repository.objects.create(host="forge.example", path=f"/{word}", path_hash="a")
    LocalCopy.objects.create(repository=repository, status="failing", reason="not_found", last_good_at=now)
    page = open_page("/admin/", staff)
    for path in ("mail/mail/", "accounts/auditevent/", "gitsync/localcopy/"):
        visit(page, f"/admin/{path}")
        room, table = page.locator("#changelist-form .results"), page.locator("#result_list")
        assert table.bounding_box()["width"] <= room.bounding_box()["width"] + 1, path
