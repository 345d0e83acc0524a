"""Import of machines in the admin, with a preview; and their export."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import AuditEvent
from farm.domain import machines
from farm.models import Machine

LIST = "/admin/farm/machine/"
FILE = "name;gpu_count;memory_gb;location\nferme-1;12;16;Salle é\ndgx;8;512;B12\n"
pytestmark = pytest.mark.usefixtures("frozen")


def upload(client, text, name="machines.csv"):
    return client.post(f"{LIST}import/", {"file": SimpleUploadedFile(name, text.encode())})


def confirm(client, preview, **more):
    data = {"rows": preview.context["rows"], "mark": preview.context["plan"].mark, **more}
    return client.post(f"{LIST}import/", data, follow=True)


def test_an_import_is_previewed_then_made_and_made_again_changes_nothing(client_of, staff, machine):
    client = client_of(staff)
    preview = upload(client, FILE)
    text = preview.content.decode()
    assert "New: 1. Changed: 1. Unchanged: 0." in text
    assert "<ins>Salle é</ins>" in text
    assert not Machine.objects.filter(name="dgx").exists()
    page = confirm(client, preview)
    assert "Imported. New: 1. Changed: 1. Unchanged: 0." in page.content.decode()
    assert Machine.objects.get(name="dgx").memory_gb == 512
    assert "there is nothing to import" in upload(client, FILE).content.decode()


def test_an_invalid_file_has_an_error_for_each_line_and_column_and_no_import_button(client_of, staff, machine):
    preview = upload(client_of(staff), "name;gpu_count;memory_gb\nferme-1;many;1\nnew;0;0\n")
    problems = [(problem.line, problem.column) for problem in preview.context["problems"]]
    assert problems == [(2, "GPUs"), (3, "GPUs")]
    assert 'name="rows"' not in preview.content.decode()


def test_an_import_displaces_bookings_only_after_the_tick(client_of, staff, take, alice, machine):
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


def test_an_import_is_previewed_again_where_a_machine_has_changed_since(client_of, staff, machine):
    client = client_of(staff)
    preview = upload(client, FILE)
    machines.change_machine(actor=staff, machine_id=machine.pk, location="C1")
    page = confirm(client, preview)
    assert "changed since this preview" in page.content.decode()
    assert "<del>C1</del>" in page.content.decode()
    assert not Machine.objects.filter(name="dgx").exists()


def test_a_preview_cannot_be_used_by_another_person_or_forged(client_of, staff, person, machine):
    other = person("other", kind="teacher", is_staff=True, is_superuser=True)
    preview = upload(client_of(staff), FILE)
    for client, rows in ((client_of(other), preview.context["rows"]), (client_of(staff), "made-up")):
        page = client.post(f"{LIST}import/", {"rows": rows, "mark": ""}, follow=True)
        assert "too old" in page.content.decode()
    assert Machine.objects.count() == 1


@pytest.mark.parametrize(("name", "text"), [("a.xls", "\0"), ("a.csv", ""), ("a.xlsx", "PK\x03\x04x")])
def test_an_unreadable_file_has_an_error_at_the_field(name, text, client_of, staff):
    page = upload(client_of(staff), text, name)
    assert page.status_code == 200
    assert page.context["form"].errors["file"]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_an_export_can_be_imported_again(kind, client_of, staff, machine):
    client = client_of(staff)
    machines.change_machine(actor=staff, machine_id=machine.pk, location="=1+1", tags=["a", "b"])
    answer = client.get(f"{LIST}export.{kind}")
    assert f'machines-2030-01-01.{kind}"' in answer["Content-Disposition"]
    page = client.post(f"{LIST}import/", {"file": SimpleUploadedFile(f"m.{kind}", answer.getvalue())})
    assert "there is nothing to import" in page.content.decode()
    assert AuditEvent.objects.filter(verb="farm.export_machines", actor=staff).count() == 1


def test_chosen_machines_are_exported_by_an_action(client_of, staff, machine):
    machines.add_machine(actor=None, name="other", gpu_count=1, memory_gb=0)
    answer = client_of(staff).post(LIST, {"action": "export_csv", "_selected_action": [machine.pk]})
    content = answer.getvalue()
    assert b"ferme-1" in content
    assert b"other" not in content
