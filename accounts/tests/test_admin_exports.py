"""The export of the audit log, as of any list in the administration that names the actions."""

import csv
import io

import pytest

from accounts.audit import record
from accounts.models import AuditEvent

pytestmark = pytest.mark.django_db
LOG = "/admin/accounts/auditevent/"


def export(client, query="", **data):
    chosen = list(AuditEvent.objects.values_list("pk", flat=True)[:1])
    return client.post(f"{LOG}{query}", {"action": "export_csv", "_selected_action": chosen, **data})


def test_staff_export_the_audit_log_as_its_filters_leave_it(client_of, staff, alice):
    record(alice, "farm.book", "reservation:1", reason="=1+1")
    record(alice, "farm.cancel", "reservation:1")
    answer = export(
        client_of(staff), "?verb=farm.book", select_across="1", _selected_action=[AuditEvent.objects.last().pk]
    )
    [row] = csv.DictReader(io.StringIO(answer.getvalue().decode("utf-8-sig"), newline=""))
    assert (row["Name at that moment"], row["Action"], row["Reason"]) == ("alice", "Booking made", "'=1+1")
    assert next(iter(row)).startswith("Moment (")
    event = AuditEvent.objects.filter(verb="accounts.export").get()
    assert (event.actor, event.subject, event.after["rows"]) == (staff, "list:auditevent", 1)


def test_nobody_else_exports_the_audit_log(client, client_of, teacher, alice):
    record(alice, "farm.book", "reservation:1")
    for somebody in (client, client_of(teacher), client_of(alice)):
        assert export(somebody, select_across="1").status_code == 302
    assert not AuditEvent.objects.filter(verb="accounts.export").exists()
