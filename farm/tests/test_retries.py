"""A command is run again as a whole when the database undoes it.

Nothing of the first try is left in the second.
"""

import pytest
from django.db import OperationalError

from accounts import audit
from accounts.models import AuditEvent
from farm.domain import locks, machines
from farm.models import Machine
from farm.sheets.columns import MachineRow
from farm.sheets.importing import import_machines
from kernel.errors import Conflict

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]


class DeadlockOnce:
    """A callable that raises a deadlock the first time it is called."""

    def __init__(self):
        self.calls = 0

    def __call__(self, *args, **kwargs):
        self.calls += 1
        if self.calls == 1:
            raise OperationalError(1213, "Deadlock found when trying to get lock; try restarting transaction")


def test_a_retry_names_a_nameless_machine_after_its_new_id(monkeypatch):
    def meanwhile(seconds):
        monkeypatch.setattr(locks.time, "sleep", lambda seconds: None)
        machines.add_machine(actor=None, gpu_count=1, memory_gb=1)

    monkeypatch.setattr(locks.time, "sleep", meanwhile)
    made = machines.add_machine(actor=None, gpu_count=8, memory_gb=8, also=DeadlockOnce())
    rows = dict(Machine.objects.values_list("pk", "name"))
    assert len(rows) == 2 and rows[made.pk] == f"machine-{made.pk}"
    assert AuditEvent.objects.filter(subject=f"resource:{made.pk}").count() == 1


def test_a_name_taken_after_the_check_is_a_conflict(monkeypatch):
    machines.add_machine(actor=None, name="dgx", gpu_count=1, memory_gb=1)
    other = machines.add_machine(actor=None, name="other", gpu_count=1, memory_gb=1)
    monkeypatch.setattr(machines, "_validate", lambda machine, **options: None)  # as before the other one existed
    with pytest.raises(Conflict, match="has this name"):
        machines.add_machine(actor=None, name="dgx", gpu_count=1, memory_gb=1)
    with pytest.raises(Conflict, match="has this name"):
        machines.change_machine(actor=None, machine_id=other.pk, name="dgx")


def test_an_import_is_retried_as_a_whole_after_a_deadlock(monkeypatch):
    deadlock, record = DeadlockOnce(), audit.record

    def record_after_deadlock(*args, **kwargs):
        deadlock()
        return record(*args, **kwargs)

    monkeypatch.setattr(locks.time, "sleep", lambda seconds: None)
    monkeypatch.setattr(audit, "record", record_after_deadlock)
    rows = [MachineRow(2, {"name": name, "gpu_count": 8, "memory_gb": 8}) for name in ("dgx-1", "dgx-2")]
    result = import_machines(actor=None, rows=rows)
    assert [change.is_new for change in result.changes] == [True, True]
    assert Machine.objects.count() == AuditEvent.objects.count() == 2
