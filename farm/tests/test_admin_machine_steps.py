"""Steps of machines in the admin: each shows first which bookings it would displace. And the end of a closure."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import AuditEvent
from farm.domain import machines
from farm.models import Closure, Machine
from farm.tests.conftest import at

LIST = "/admin/farm/machine/"
CLOSE = {"start": "2030-01-07T09:00", "end": "2030-01-07T12:00", "how_much": "all", "reason": "new fans"}
pytestmark = pytest.mark.usefixtures("frozen")


def step_address(name, *rows):
    return f"{LIST}steps/{name}/?ids={','.join(str(row.pk) for row in rows)}"


def hidden_values(page, name):
    return re.findall(rf'name="{name}" value="([^"]*)"', page.content.decode())


@pytest.fixture
def at_utc(settings):
    settings.TIME_ZONE = "UTC"
    with timezone.override("UTC"):
        yield


def test_a_closure_shows_the_bookings_it_would_displace_before_it_is_made(
    client_of, staff, take, alice, machine, at_utc
):
    booked = take(alice, 9, 10, 4, purpose="vision")
    page = client_of(staff).post(step_address("close", machine), CLOSE)
    text = page.content.decode()
    assert "1 booking would lose time" in text
    assert "Alice Martin" in text
    assert "4 GPU" in text
    assert "vision" in text
    assert hidden_values(page, "seen") == [str(booked.pk)]
    assert not Closure.objects.exists()
    booked.refresh_from_db()
    assert booked.state == "confirmed"


def test_a_confirmed_closure_displaces_bookings(client_of, staff, take, alice, machine, at_utc):
    booked = take(alice, 9, 10, 4)
    data = CLOSE | {"confirm": "Close for maintenance", "displace": "on", "seen": [booked.pk]}
    page = client_of(staff).post(step_address("close", machine), data, follow=True)
    assert page.redirect_chain == [(f"{LIST}{machine.pk}/change/", 302)]
    assert "Closed: ferme-1." in page.content.decode()
    closure = Closure.objects.get()
    assert (closure.start, closure.end, closure.is_whole, closure.reason) == (at(9), at(12), True, "new fans")
    assert closure.created_by == staff
    booked.refresh_from_db()
    assert booked.state == "displaced"
    assert "new fans" in page.content.decode()


@pytest.mark.parametrize("data", [{}, {"displace": "on"}])
def test_no_booking_is_displaced_without_the_tick_or_without_having_been_shown(
    data, client_of, staff, take, alice, machine, at_utc
):
    take(alice, 9, 10, 4)
    page = client_of(staff).post(step_address("close", machine), CLOSE | {"confirm": "Close for maintenance"} | data)
    assert page.status_code == 200
    assert "Not done on ferme-1" in page.content.decode()
    assert not Closure.objects.exists()


def test_closing_a_part_takes_an_empty_field_for_zero(client_of, staff, machine, at_utc):
    data = CLOSE | {"how_much": "part", "gpus": "2", "memory_gb": "", "confirm": "Close for maintenance"}
    client_of(staff).post(step_address("close", machine), data)
    closure = Closure.objects.get()
    assert (closure.gpus, closure.memory_gb) == (2, 0)


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"end": "2030-01-07T09:00"}, "end"),
        ({"start": "2029-01-01T00:00", "end": "2029-01-02T00:00"}, "end"),
        ({"start": "soon"}, "start"),
        ({"how_much": "part"}, "gpus"),
        ({"how_much": "part", "gpus": "-1"}, "gpus"),
        ({"reason": "x" * 201}, "reason"),
    ],
)
def test_an_invalid_closure_has_an_error_at_its_field(data, field, client_of, staff, machine):
    page = client_of(staff).post(step_address("close", machine), CLOSE | {"confirm": "Close for maintenance"} | data)
    assert page.context["form"].errors[field]
    assert not Closure.objects.exists()


def test_a_lowered_capacity_and_a_retirement_displace_after_confirmation(client_of, staff, take, alice, bob, machine):
    client = client_of(staff)
    kept, gone = take(alice, 9, 10, 6), take(bob, 9, 10, 6)
    assert hidden_values(client.post(step_address("capacity", machine), {"gpu_count": 6, "memory_gb": 16}), "seen") == [
        str(gone.pk)
    ]
    data = {"gpu_count": 6, "memory_gb": 16, "confirm": "x", "displace": "on", "seen": [gone.pk]}
    client.post(step_address("capacity", machine), data)
    machine.refresh_from_db()
    assert machine.gpu_count == 6
    assert hidden_values(client.get(step_address("retire", machine)), "seen") == [str(kept.pk)]
    client.post(step_address("retire", machine), {"confirm": "x", "displace": "on", "seen": [kept.pk]})
    machine.refresh_from_db()
    kept.refresh_from_db()
    assert (machine.state, kept.state) == ("retired", "displaced")


def test_draining_and_opening_displace_no_booking(client_of, staff, take, alice, machine):
    booked = take(alice, 9, 10, 6)
    client = client_of(staff)
    assert "No booking would lose time." in client.get(step_address("drain", machine)).content.decode()
    for name, state in (("drain", "draining"), ("open", "open")):
        client.post(step_address(name, machine), {"confirm": "x"})
        machine.refresh_from_db()
        assert machine.state == state
    booked.refresh_from_db()
    assert booked.state == "confirmed"
    assert AuditEvent.objects.filter(verb="farm.change_resource", actor=staff).count() == 2


def test_a_booking_made_between_preview_and_confirmation_is_shown_first(client_of, staff, take, alice, bob, machine):
    client = client_of(staff)
    seen = take(alice, 9, 10, 6)
    client.get(step_address("retire", machine))
    late = take(bob, 9, 10, 6)
    page = client.post(step_address("retire", machine), {"confirm": "x", "displace": "on", "seen": [seen.pk]})
    assert "it was booked in the meantime" in page.content.decode()
    assert hidden_values(page, "seen") == [str(seen.pk), str(late.pk)]
    machine.refresh_from_db()
    assert machine.state == "open"


def test_a_step_on_several_machines_reports_each_of_them(client_of, staff, take, alice, machine):
    other = machines.add_machine(actor=None, name="other", gpu_count=1, memory_gb=0)
    client = client_of(staff)
    answer = client.post(LIST, {"action": "retire", "_selected_action": [machine.pk, other.pk]})
    assert answer.url == f"{LIST}steps/retire/?ids={machine.pk}%2C{other.pk}"
    take(alice, 9, 10, 6)
    page = client.post(answer.url, {"confirm": "x"})
    text = page.content.decode()
    assert "Retired: other." in text
    assert "Not done on ferme-1: it was booked in the meantime" in text
    assert [row.name for row in page.context["chosen"]] == ["ferme-1"]
    assert set(Machine.objects.values_list("name", "state")) == {("ferme-1", "open"), ("other", "retired")}


def test_reopening_ends_a_closure_or_deletes_one_that_has_not_begun(client_of, staff, machine, frozen):
    client = client_of(staff)
    now = timezone.now()
    running = machines.close(actor=staff, machine_id=machine.pk, start=now, end=now + timedelta(days=1))
    coming = machines.close(actor=staff, machine_id=machine.pk, start=at(9), end=at(10))
    frozen.shift(timedelta(hours=1))
    assert "it is deleted" in client.get(f"/admin/farm/closure/{coming.pk}/reopen/").content.decode()
    assert Closure.objects.count() == 2
    page = client.post(f"/admin/farm/closure/{coming.pk}/reopen/", follow=True)
    assert "Reopened: ferme-1." in page.content.decode()
    client.post("/admin/farm/closure/", {"action": "reopen_chosen", "_selected_action": [running.pk]})
    running.refresh_from_db()
    assert running.end == timezone.now()
    page = client.post(f"/admin/farm/closure/{running.pk}/reopen/", follow=True)
    assert "The closure of ferme-1 is already over." in page.content.decode()
