"""The import of machines: all or none, with confirmed displacements."""

import pytest

from accounts.models import AuditEvent
from farm.domain import machines
from farm.domain.displacement import dry_run
from farm.models import Machine
from farm.sheets.columns import MachineRow
from farm.sheets.importing import ImportRefused, import_machines
from kernel.errors import Conflict, NotAllowed

pytestmark = pytest.mark.usefixtures("frozen")


def row(line=2, **values):
    return MachineRow(line, values)


NEW = row(2, name="dgx", gpu_count=8, memory_gb=512, tags=["nvlink"])


def test_an_import_adds_new_machines_and_changes_others_with_one_event_each(machine, staff):
    result = import_machines(actor=staff, rows=[NEW, row(3, name="ferme-1", location="B12")])
    assert [(c.name, c.is_new) for c in result.changes] == [("dgx", True), ("ferme-1", False)]
    assert Machine.objects.get(name="dgx").tags == ["nvlink"]
    machine.refresh_from_db()
    assert (machine.location, machine.gpu_count) == ("B12", 12)
    verbs = AuditEvent.objects.filter(actor=staff).order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["farm.add_resource", "farm.change_resource"]


def test_importing_the_same_file_again_changes_nothing(machine, staff):
    rows = [NEW, row(3, name="ferme-1", location="B12")]
    import_machines(actor=staff, rows=rows)
    events = AuditEvent.objects.count()
    again = import_machines(actor=staff, rows=rows)
    assert [change.fields for change in again.changes] == [[], []]
    assert AuditEvent.objects.count() == events


def test_one_bad_line_refuses_the_whole_import(machine, staff):
    rows = [NEW, row(3, name="ferme-1", gpu_count=0, memory_gb=0), row(4, name="x" * 101, gpu_count=1, memory_gb=1),
            row(5, name="no-share"), row(6, name="FERME-1", gpu_count=1, memory_gb=1)]  # fmt: skip
    with pytest.raises(ImportRefused) as refusal:
        import_machines(actor=staff, rows=rows)
    assert [(p.line, p.column) for p in refusal.value.problems] == [(3, "GPUs"), (4, "name"), (5, "GPUs"), (6, "name")]
    assert list(Machine.objects.values_list("name", "gpu_count")) == [("ferme-1", 12)]


def test_an_import_displaces_only_confirmed_bookings(take, alice, bob, staff, machine):
    first, second = take(alice, 9, 10, 6), take(bob, 9, 10, 6)
    rows = [row(name="ferme-1", gpu_count=6)]
    for confirm in (False, [first.pk]):
        with pytest.raises(Conflict) as refusal:
            import_machines(actor=staff, rows=rows, confirm=confirm)
        assert refusal.value.extra["reservations"] == [second.pk]
    machine.refresh_from_db()
    assert machine.gpu_count == 12
    result = import_machines(actor=staff, rows=rows, confirm=[second.pk])
    assert [r.pk for r, _end in result.losing] == [second.pk]
    second.refresh_from_db()
    assert second.state == "displaced"


def test_a_booking_displaced_from_one_machine_frees_its_other_machine(take, alice, bob, staff, machine):
    """Later bookings of the other machine are kept."""
    from farm.domain import booking
    from farm.rules.limits import RequestedAllocation
    from farm.tests.conftest import at

    other = machines.add_machine(actor=None, name="other", gpu_count=8, memory_gb=0)
    allocations = [RequestedAllocation(machine.pk, 12, 0), RequestedAllocation(other.pk, 4, 0)]
    both = booking.book(actor=None, owner=alice, start=at(9), end=at(10), allocations=allocations)
    kept = take(bob, 9, 10, 4, machine_id=other.pk)
    rows = [row(2, name="ferme-1", gpu_count=6), row(3, name="other", gpu_count=4)]
    result = import_machines(actor=staff, rows=rows, confirm=True)
    assert [r.pk for r, _end in result.losing] == [both.pk]
    kept.refresh_from_db()
    assert kept.state == "confirmed"


def test_a_dry_run_saves_nothing(take, alice, staff, machine):
    booking = take(alice, 9, 10, 12)
    rows = [NEW, row(3, name="ferme-1", gpu_count=6)]
    before = AuditEvent.objects.count()
    plan = dry_run(lambda: import_machines(actor=staff, rows=rows, confirm=True))
    assert [r.pk for r, _end in plan.losing] == [booking.pk]
    assert AuditEvent.objects.count() == before
    assert not Machine.objects.filter(name="dgx").exists()
    booking.refresh_from_db()
    assert booking.state == "confirmed"
    import_machines(actor=staff, rows=rows, confirm=[booking.pk], seen=plan.mark)


def test_a_change_since_the_preview_refuses_the_import(machine, staff):
    rows = [row(name="ferme-1", location="B12")]
    mark = dry_run(lambda: import_machines(actor=staff, rows=rows, confirm=True)).mark
    machines.change_machine(actor=staff, machine_id=machine.pk, location="C1")
    with pytest.raises(Conflict) as refusal:
        import_machines(actor=staff, rows=rows, seen=mark)
    assert refusal.value.code == "moved_on"


def test_only_staff_may_import(alice, teacher):
    for person in (alice, teacher):
        with pytest.raises(NotAllowed):
            import_machines(actor=person, rows=[NEW])
