"""Machines in the admin: steps that say first whom they displace; import with preview; export."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.models import AuditEvent
from farm.domain import machines
from farm.models import Closure, Machine
from farm.tests.conftest import at

LIST = "/admin/farm/machine/"
pytestmark = pytest.mark.usefixtures("frozen")


def step(name, *rows):
    return f"{LIST}steps/{name}/?ids={','.join(str(row.pk) for row in rows)}"


def hidden(page, name):
    return re.findall(rf'name="{name}" value="([^"]*)"', page.content.decode())


CLOSE = {"start": "2030-01-07T09:00", "end": "2030-01-07T12:00", "how_much": "all", "reason": "new fans"}


@pytest.fixture
def at_utc(settings):
    settings.TIME_ZONE = "UTC"
    with timezone.override("UTC"):
        yield


def test_a_closure_shows_whom_it_displaces_before_anything_is_done(client_of, staff, take, alice, machine, at_utc):
    booked = take(alice, 9, 10, 4, purpose="vision")
    page = client_of(staff).post(step("close", machine), CLOSE)
    text = page.content.decode()
    assert "1 booking would be displaced" in text
    assert "Alice Martin" in text
    assert "4 GPU" in text
    assert "vision" in text
    assert hidden(page, "seen") == [str(booked.pk)]
    assert not Closure.objects.exists()
    booked.refresh_from_db()
    assert booked.state == "confirmed"


def test_confirmed_it_closes_and_displaces(client_of, staff, take, alice, machine, at_utc):
    booked = take(alice, 9, 10, 4)
    given = CLOSE | {"confirm": "Close for maintenance", "displace": "on", "seen": [booked.pk]}
    page = client_of(staff).post(step("close", machine), given, follow=True)
    assert page.redirect_chain == [(f"{LIST}{machine.pk}/change/", 302)]
    assert "Closed: ferme-1." in page.content.decode()
    closure = Closure.objects.get()
    assert (closure.start, closure.end, closure.is_whole, closure.reason) == (at(9), at(12), True, "new fans")
    assert closure.created_by == staff
    booked.refresh_from_db()
    assert booked.state == "displaced"
    assert "new fans" in page.content.decode()


@pytest.mark.parametrize("given", [{}, {"displace": "on"}])
def test_without_the_tick_or_unseen_nobody_is_displaced(given, client_of, staff, take, alice, machine, at_utc):
    take(alice, 9, 10, 4)
    page = client_of(staff).post(step("close", machine), CLOSE | {"confirm": "Close for maintenance"} | given)
    assert page.status_code == 200
    assert "Not done on ferme-1" in page.content.decode()
    assert not Closure.objects.exists()


def test_a_part_is_closed_with_a_zero_for_what_is_left_out(client_of, staff, machine, at_utc):
    given = CLOSE | {"how_much": "part", "gpus": "2", "memory_gb": "", "confirm": "Close for maintenance"}
    client_of(staff).post(step("close", machine), given)
    closure = Closure.objects.get()
    assert (closure.gpus, closure.memory_gb) == (2, 0)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"end": "2030-01-07T09:00"}, "end"),
        ({"start": "2029-01-01T00:00", "end": "2029-01-02T00:00"}, "end"),
        ({"start": "soon"}, "start"),
        ({"how_much": "part"}, "gpus"),
        ({"how_much": "part", "gpus": "-1"}, "gpus"),
        ({"reason": "x" * 201}, "reason"),
    ],
)
def test_a_form_out_of_shape_is_said_at_its_field(given, field, client_of, staff, machine):
    page = client_of(staff).post(step("close", machine), CLOSE | {"confirm": "Close for maintenance"} | given)
    assert page.context["form"].errors[field]
    assert not Closure.objects.exists()


def test_a_lowered_capacity_and_a_retirement_displace_after_confirmation(client_of, staff, take, alice, bob, machine):
    client = client_of(staff)
    kept, gone = take(alice, 9, 10, 6), take(bob, 9, 10, 6)
    assert hidden(client.post(step("capacity", machine), {"gpu_count": 6, "memory_gb": 16}), "seen") == [str(gone.pk)]
    given = {"gpu_count": 6, "memory_gb": 16, "confirm": "x", "displace": "on", "seen": [gone.pk]}
    client.post(step("capacity", machine), given)
    machine.refresh_from_db()
    assert machine.gpu_count == 6
    assert hidden(client.get(step("retire", machine)), "seen") == [str(kept.pk)]
    client.post(step("retire", machine), {"confirm": "x", "displace": "on", "seen": [kept.pk]})
    machine.refresh_from_db()
    kept.refresh_from_db()
    assert (machine.state, kept.state) == ("retired", "displaced")


def test_draining_and_opening_displace_nobody(client_of, staff, take, alice, machine):
    booked = take(alice, 9, 10, 6)
    client = client_of(staff)
    assert "No booking would be displaced." in client.get(step("drain", machine)).content.decode()
    for name, state in (("drain", "draining"), ("open", "open")):
        client.post(step(name, machine), {"confirm": "x"})
        machine.refresh_from_db()
        assert machine.state == state
    booked.refresh_from_db()
    assert booked.state == "confirmed"
    assert AuditEvent.objects.filter(verb="farm.change_resource", actor=staff).count() == 2


def test_a_booking_made_between_preview_and_confirmation_is_shown_first(client_of, staff, take, alice, bob, machine):
    client = client_of(staff)
    seen = take(alice, 9, 10, 6)
    client.get(step("retire", machine))
    late = take(bob, 9, 10, 6)
    page = client.post(step("retire", machine), {"confirm": "x", "displace": "on", "seen": [seen.pk]})
    assert "it was booked in the meantime" in page.content.decode()
    assert hidden(page, "seen") == [str(seen.pk), str(late.pk)]
    machine.refresh_from_db()
    assert machine.state == "open"


def test_a_list_of_machines_is_told_one_by_one(client_of, staff, take, alice, machine):
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


def test_a_closure_is_ended_or_forgotten(client_of, staff, machine, frozen):
    client = client_of(staff)
    now = timezone.now()
    running = machines.close(actor=staff, machine_id=machine.pk, start=now, end=now + timedelta(days=1))
    coming = machines.close(actor=staff, machine_id=machine.pk, start=at(9), end=at(10))
    frozen.shift(timedelta(hours=1))
    assert "it is forgotten" in client.get(f"/admin/farm/closure/{coming.pk}/reopen/").content.decode()
    assert Closure.objects.count() == 2
    page = client.post(f"/admin/farm/closure/{coming.pk}/reopen/", follow=True)
    assert "Reopened: ferme-1." in page.content.decode()
    client.post("/admin/farm/closure/", {"action": "reopen_chosen", "_selected_action": [running.pk]})
    running.refresh_from_db()
    assert running.end == timezone.now()
    page = client.post(f"/admin/farm/closure/{running.pk}/reopen/", follow=True)
    assert "The closure of ferme-1 is already over." in page.content.decode()


def test_fields_that_displace_nobody_are_changed_in_the_form_through_the_verb(client_of, staff, machine):
    given = {"name": "ferme-1", "location": "B12", "tags": "nvlink, fast", "gpu_count": 1, "state": "retired"}
    client_of(staff).post(f"{LIST}{machine.pk}/change/", given)
    machine.refresh_from_db()
    assert (machine.location, machine.tags) == ("B12", ["nvlink", "fast"])
    assert (machine.gpu_count, machine.state) == (12, "open")
    event = AuditEvent.objects.get(verb="farm.change_resource")
    assert (event.actor, event.after["location"]) == (staff, "B12")


def test_a_machine_is_added_through_the_verb(client_of, staff, db):
    client_of(staff).post(f"{LIST}add/", {"name": "dgx", "gpu_count": 8, "memory_gb": 512, "state": "open"})
    assert AuditEvent.objects.get(verb="farm.add_resource").subject == f"resource:{Machine.objects.get().pk}"


def test_a_refusal_of_the_verb_is_an_answer_not_a_crash(client_of, staff, machine, monkeypatch):
    from kernel.errors import Busy

    def busy(**_values):
        raise Busy("busy", "The farm is busy.")

    monkeypatch.setattr(machines, "change_machine", busy)
    given = {"name": "ferme-1", "location": "B12"}
    page = client_of(staff).post(f"{LIST}{machine.pk}/change/", given, follow=True)
    assert "The farm is busy." in page.content.decode()


# --- import, export ------------------------------------------------------------------------------------------------
def upload(client, text, name="machines.csv"):
    return client.post(f"{LIST}import/", {"file": SimpleUploadedFile(name, text.encode())})


def confirm(client, preview, **more):
    given = {"rows": preview.context["rows"], "mark": preview.context["plan"].mark, **more}
    return client.post(f"{LIST}import/", given, follow=True)


FILE = "name;gpu_count;memory_gb;location\nferme-1;12;16;Salle é\ndgx;8;512;B12\n"


def test_an_import_is_looked_at_then_done_and_done_twice_changes_nothing(client_of, staff, machine):
    client = client_of(staff)
    preview = upload(client, FILE)
    text = preview.content.decode()
    assert "New: 1. Changed: 1. As they are: 0." in text
    assert "<ins>Salle é</ins>" in text
    assert not Machine.objects.filter(name="dgx").exists()
    page = confirm(client, preview)
    assert "Imported. New: 1. Changed: 1. Unchanged: 0." in page.content.decode()
    assert Machine.objects.get(name="dgx").memory_gb == 512
    assert "there is nothing to import" in upload(client, FILE).content.decode()


def test_an_import_names_each_line_and_column_that_is_wrong_and_offers_no_way_on(client_of, staff, machine):
    preview = upload(client_of(staff), "name;gpu_count;memory_gb\nferme-1;many;1\nnew;0;0\n")
    problems = [(problem.line, problem.column) for problem in preview.context["problems"]]
    assert problems == [(2, "GPUs"), (3, "GPUs")]
    assert 'name="rows"' not in preview.content.decode()


def test_an_import_displaces_only_after_the_tick(client_of, staff, take, alice, machine):
    booked = take(alice, 9, 10, 12)
    client = client_of(staff)
    preview = upload(client, "name,gpu_count\nferme-1,6\n")
    assert "Alice Martin" in preview.content.decode()
    assert "Nothing was changed." in confirm(client, preview).content.decode()
    machine.refresh_from_db()
    assert machine.gpu_count == 12
    confirm(client, preview, displace="on", seen=[booked.pk])
    machine.refresh_from_db()
    booked.refresh_from_db()
    assert (machine.gpu_count, booked.state) == (6, "displaced")


def test_an_import_that_the_farm_has_overtaken_is_shown_again(client_of, staff, machine):
    client = client_of(staff)
    preview = upload(client, FILE)
    machines.change_machine(actor=staff, machine_id=machine.pk, location="C1")
    page = confirm(client, preview)
    assert "changed since this preview" in page.content.decode()
    assert "<del>C1</del>" in page.content.decode()
    assert not Machine.objects.filter(name="dgx").exists()


def test_a_preview_is_its_readers_own_and_cannot_be_written_by_hand(client_of, staff, person, machine):
    other = person("other", kind="teacher", is_staff=True, is_superuser=True)
    preview = upload(client_of(staff), FILE)
    for client, rows in ((client_of(other), preview.context["rows"]), (client_of(staff), "made-up")):
        page = client.post(f"{LIST}import/", {"rows": rows, "mark": ""}, follow=True)
        assert "too old" in page.content.decode()
    assert Machine.objects.count() == 1


@pytest.mark.parametrize(("name", "text"), [("a.xls", "\0"), ("a.csv", ""), ("a.xlsx", "PK\x03\x04x")])
def test_a_file_that_is_none_is_said_at_the_field(name, text, client_of, staff):
    page = upload(client_of(staff), text, name)
    assert page.status_code == 200
    assert page.context["form"].errors["file"]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_an_export_can_be_imported_again(kind, client_of, staff, machine):
    client = client_of(staff)
    machines.change_machine(actor=staff, machine_id=machine.pk, location="=1+1", tags=["a", "b"])
    answer = client.get(f"{LIST}export.{kind}")
    assert f'machines-2030-01-01.{kind}"' in answer["Content-Disposition"]
    page = client.post(f"{LIST}import/", {"file": SimpleUploadedFile(f"m.{kind}", answer.content)})
    assert "there is nothing to import" in page.content.decode()
    assert AuditEvent.objects.filter(verb="farm.export_machines", actor=staff).count() == 1


def test_chosen_machines_are_exported_by_an_action(client_of, staff, machine):
    machines.add_machine(actor=None, name="other", gpu_count=1, memory_gb=0)
    answer = client_of(staff).post(LIST, {"action": "export_csv", "_selected_action": [machine.pk]})
    assert b"ferme-1" in answer.content
    assert b"other" not in answer.content
