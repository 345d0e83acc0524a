"""The files of bookings: a person's own, and those of a machine as far as names may be seen."""

import csv
import io

import openpyxl
import pytest

from accounts.models import AuditEvent
from farm.domain import booking, machines
from farm.models import Project
from farm.rules.limits import RequestedAllocation
from farm.tests.builders import bookings_in_bulk
from farm.tests.conftest import at

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]
OWN, MACHINE = "/farm/bookings.csv", "/farm/machines/1/bookings.csv"
TIMELINE = "/farm/timeline.csv?day=2030-01-07"


def rows_of(client, path):
    text = client.get(path).getvalue().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_own_bookings_have_a_row_for_each_machine_the_latest_first(client_of, alice, bob, take):
    other = machines.add_machine(actor=None, name="other", gpu_count=4, memory_gb=8)
    take(alice, 9, 10, 6, 2, purpose="my thesis")
    allocations = [RequestedAllocation(1, 1, 0), RequestedAllocation(other.pk, 2, 8)]
    later = booking.book(actor=None, owner=alice, start=at(12), end=at(13.5), allocations=allocations)
    booking.cancel(actor=alice, reservation_id=later.pk)
    take(bob, 9, 10, 1)
    rows = rows_of(client_of(alice), OWN)
    assert [(row["Machine"], row["GPUs"], row["Memory (GB)"], row["State"]) for row in rows] == [
        ("other", "2", "8", "Cancelled"), ("ferme-1", "1", "0", "Cancelled"), ("ferme-1", "6", "2", "Confirmed"),
    ]  # fmt: skip
    assert (rows[0]["GPU-hours"], rows[2]["Purpose"], rows[2]["Who"]) == ("3.0", "my thesis", "Alice Martin")


def test_times_are_in_the_zone_of_the_reader_which_the_title_names(client_of, alice, take):
    alice.zone = "Asia/Tokyo"
    alice.save()
    take(alice, 9, 10, 1)
    assert rows_of(client_of(alice), OWN)[0]["Start (Asia/Tokyo)"] == "2030-01-07 18:00:00"
    content = client_of(alice).get("/farm/bookings.xlsx").getvalue()
    assert openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]["E2"].value == at(18).replace(tzinfo=None)


@pytest.mark.parametrize(
    ("policy", "seen_by"),
    [
        ("everyone", {"owner", "member", "stranger", "staff"}),
        ("project", {"owner", "member", "staff"}),
        ("staff", {"owner", "staff"}),
    ],
)
def test_names_purposes_and_projects_of_a_machine_follow_the_policy(
    settings, client_of, alice, bob, charlie, staff, take, policy, seen_by
):
    settings.FARM_NAMES = policy
    project = Project.objects.create(name="vision")
    project.owners.add(alice)
    project.members.add(bob)
    take(alice, 9, 10, 6, purpose="secret thesis", project=project)
    for who, user in {"owner": alice, "member": bob, "stranger": charlie, "staff": staff}.items():
        for path in (MACHINE, TIMELINE):
            [row] = rows_of(client_of(user), path)
            assert (row["GPUs"], row["State"]) == ("6", "Confirmed")
            words = ("Alice Martin", "secret thesis", "vision") if who in seen_by else ("", "", "")
            assert (row["Who"], row["Purpose"], row["Project"]) == words, who


def test_the_timeline_has_the_bookings_of_its_time_and_machines(client_of, alice, take):
    machines.add_machine(actor=None, id=2, name="other", gpu_count=4, memory_gb=0, gpu_model="H100")
    take(alice, 9, 10, 6)
    take(alice, 9, 10, 2, machine_id=2)
    client = client_of(alice)
    assert [row["Machine"] for row in rows_of(client, TIMELINE)] == ["ferme-1", "other"]
    assert [row["Machine"] for row in rows_of(client, f"{TIMELINE}&model=H100")] == ["other"]
    assert rows_of(client, "/farm/timeline.csv?day=2030-01-20&range=day") == []
    page = client.get("/farm/?day=2030-01-07&model=H100&free=1").content.decode()
    assert 'href="/farm/timeline.xlsx?day=2030-01-07&amp;model=H100"' in page


def test_nobody_who_is_not_signed_in_gets_a_file_and_a_machine_that_is_not_there_is_a_404(
    client, client_of, alice, machine
):
    for path in (OWN, MACHINE, TIMELINE):
        assert client.get(path).status_code == 302
        assert "/sign-in/" in client.get(path)["Location"]
    assert client_of(alice).get("/farm/machines/99/bookings.csv").status_code == 404
    assert client_of(alice).post(OWN).status_code == 405


def test_each_export_is_in_the_audit_log(client_of, alice, take):
    take(alice, 9, 10, 6)
    for path in (OWN, MACHINE):
        client_of(alice).get(path)
    events = AuditEvent.objects.filter(verb="farm.export", actor=alice).order_by("pk")
    assert [(event.subject, event.after["table"], event.after["rows"]) for event in events] == [
        (f"user:{alice.pk}", "bookings", 1), ("resource:1", "machine-bookings", 1),
    ]  # fmt: skip


@pytest.mark.parametrize("path", [OWN, MACHINE, TIMELINE])
def test_many_bookings_need_no_more_queries(client_of, alice, take, machine, assert_flat, path):
    take(alice, 0, 1, 1)
    client = client_of(alice)
    starts = [at(hour, day=7) for hour in range(20)]
    assert_flat(lambda: client.get(path).getvalue(), lambda: bookings_in_bulk([machine], starts, alice), limit=10)


def test_the_pages_have_the_links(client_of, alice, take):
    take(alice, 9, 10, 6)
    client = client_of(alice)
    assert 'href="/farm/bookings.xlsx"' in client.get("/farm/bookings/").content.decode()
    assert f'href="{MACHINE}"' in client.get("/farm/machines/1/").content.decode()


def test_the_lists_of_the_administration_are_exported_by_their_actions(client_of, staff, alice, take):
    first = take(alice, 9, 10, 6, purpose="=1+1")
    take(alice, 10, 11, 6)
    client = client_of(staff)
    answer = client.post("/admin/farm/reservation/", {"action": "export_csv", "_selected_action": [first.pk]})
    [row] = csv.DictReader(io.StringIO(answer.getvalue().decode("utf-8-sig"), newline=""))
    assert (row["Owner"], row["Purpose"], row["State"]) == (str(alice), "'=1+1", "Confirmed")
    data = {"action": "export_xlsx", "_selected_action": [first.pk], "select_across": "1"}
    answer = client.post("/admin/farm/allocation/", data)
    sheet = openpyxl.load_workbook(io.BytesIO(answer.getvalue())).worksheets[0]
    assert sheet.max_row == 3
    events = AuditEvent.objects.filter(verb="farm.export", actor=staff).order_by("pk")
    assert [event.subject for event in events] == ["list:reservation", "list:allocation"]
