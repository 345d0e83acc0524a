"""Machines in the admin: the form changes only fields that no booking depends on, and calls the commands."""

import pytest

from accounts.models import AuditEvent
from farm.domain import machines
from farm.models import Machine
from kernel.errors import Busy

LIST = "/admin/farm/machine/"
pytestmark = pytest.mark.usefixtures("frozen")


def test_the_form_changes_fields_that_displace_no_booking_through_the_command(client_of, staff, machine):
    data = {"name": "ferme-1", "location": "B12", "tags": "nvlink, fast", "gpu_count": 1, "state": "retired"}
    client_of(staff).post(f"{LIST}{machine.pk}/change/", data)
    machine.refresh_from_db()
    assert (machine.location, machine.tags) == ("B12", ["nvlink", "fast"])
    assert (machine.gpu_count, machine.state) == (12, "open")
    event = AuditEvent.objects.get(verb="farm.change_resource")
    assert (event.actor, event.after["location"]) == (staff, "B12")


def test_a_machine_is_added_through_the_command(client_of, staff, db):
    client_of(staff).post(f"{LIST}add/", {"name": "dgx", "gpu_count": 8, "memory_gb": 512, "state": "open"})
    assert AuditEvent.objects.get(verb="farm.add_resource").subject == f"resource:{Machine.objects.get().pk}"


def test_a_refusal_of_the_command_is_shown_as_a_message(client_of, staff, machine, monkeypatch):
    def busy(**_values):
        raise Busy("busy", "The farm is busy.")

    monkeypatch.setattr(machines, "change_machine", busy)
    data = {"name": "ferme-1", "location": "B12"}
    page = client_of(staff).post(f"{LIST}{machine.pk}/change/", data, follow=True)
    assert "The farm is busy." in page.content.decode()
