"""The farm in the admin and the capacity alarm, in Chromium: all pages in French, and the steps of staff."""

from datetime import timedelta

import pytest
from django.utils import timezone

from farm import tasks
from farm.domain import booking, machines
from farm.models import Allocation, CapacityCheck, Closure, Machine
from farm.rules.limits import RequestedAllocation
from kernel.testing.browser import assert_accessible, assert_fits, assert_good, visit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FARM = "/admin/farm/"

PATHS = [
    "machine/", "machine/add/", "machine/{machine}/change/", "machine/import/",
    "machine/steps/close/?ids={machine}", "machine/steps/capacity/?ids={machine}",
    "machine/steps/retire/?ids={machine}", "reservation/", "reservation/{booking}/change/",
    "reservation/steps/cancel/?ids={booking}", "closure/", "closure/{closure}/change/", "closure/{closure}/reopen/",
    "allocation/", "project/", "project/add/", "capacitycheck/", "capacitycheck/{check}/change/",
]  # fmt: skip


@pytest.fixture
def ids(staff, alice):
    """Make a machine that is booked, partly closed and checked; return the ids for its pages."""
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    machine = machines.add_machine(
        actor=None, name="dgx-01", gpu_count=8, memory_gb=512, gpu_model="A100 80 GB", location="B12", tags=["nvlink"]
    )
    machines.add_machine(actor=None, name="pico", gpu_count=2, memory_gb=0)  # without a model and a location
    row = booking.book(
        actor=alice, owner=alice, start=hour + timedelta(days=1), end=hour + timedelta(days=2), purpose="vision",
        allocations=[RequestedAllocation(machine.pk, 4, 100)],
    )  # fmt: skip
    closure = machines.close(
        actor=staff, machine_id=machine.pk, start=hour + timedelta(days=3), end=hour + timedelta(days=4), gpus=2
    )
    Allocation.objects.filter(reservation=row).update(gpus=9)  # which no command does
    tasks.check_capacity()
    check = CapacityCheck.objects.get().pk
    return {"machine": machine.pk, "booking": row.pk, "closure": closure.pk, "check": check}


def assert_accessible_and_fits(page):
    assert_accessible(page)
    assert_fits(page)


@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (390, "dark")])
def test_the_admin_pages_of_the_farm_are_good(width, theme, ids, staff, browser_page, subtests):
    staff.language = "fr"
    staff.save()
    page = browser_page(staff, width=width, theme=theme, language="fr")
    for path in [f"{FARM}{path}" for path in PATHS] + ["/"]:
        with subtests.test(path=path):
            assert visit(page, path.format(**ids)).status == 200
            assert_good(page)


def test_staff_import_and_close_and_see_the_displaced_bookings_first(ids, staff, open_page):
    page = open_page(f"{FARM}machine/", staff)
    page.get_by_role("link", name="Import machines", exact=True).click()
    text = "name;gpu_count\ndgx-01;2\n"
    file = {"name": "machines.csv", "mimeType": "text/csv", "buffer": text.encode()}
    page.locator("[name=file]").set_input_files(files=[file])
    page.get_by_role("button", name="Preview").click()
    page.get_by_role("heading", name="1 booking would lose time").wait_for()
    assert_accessible_and_fits(page)
    assert Machine.objects.get(pk=ids["machine"]).gpu_count == 8
    page.get_by_label("Displace these bookings.").check()
    page.get_by_role("button", name="Import").click()
    page.get_by_text("Imported. New: 0. Changed: 1.").wait_for()
    assert Machine.objects.get(pk=ids["machine"]).gpu_count == 2
    page.get_by_role("link", name="dgx-01").click()
    page.get_by_role("link", name="Close for maintenance").click()
    page.get_by_label("Reason").fill("new fans")
    page.get_by_role("button", name="See which bookings lose time").click()
    page.get_by_text("No booking would lose time.").wait_for()
    assert_accessible_and_fits(page)
    page.get_by_role("button", name="Close for maintenance").click()
    page.get_by_text("Closed: dgx-01.").wait_for()
    assert_accessible_and_fits(page)
    assert Closure.objects.filter(reason="new fans").count() == 1


def test_owners_of_a_project_are_found_by_searching(ids, staff, alice, open_page):
    page = open_page(f"{FARM}project/add/", staff)
    page.get_by_label("Name").fill("Vision")
    page.get_by_role("searchbox", name="Owners").fill("ali")
    page.get_by_role("option", name="alice").click()
    assert_accessible_and_fits(page)
    assert page.locator("select[name=owners]").evaluate("select => [...select.selectedOptions].map(o => o.value)") == [
        str(alice.pk)
    ]


def test_staff_check_again_from_the_alarm(ids, staff, alice, open_page):
    page = open_page("/", staff)
    page.get_by_role("button", name="Check again now").click()
    page.get_by_text("Checked: 1 fault found.").wait_for()
    booking.cancel(actor=alice, reservation_id=ids["booking"])
    page.get_by_role("button", name="Check again now").click()
    page.get_by_text("Checked: no fault.").wait_for()
    assert page.locator("#capacity-alarm").count() == 0
