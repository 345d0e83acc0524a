"""`manage.py check_capacity`: its output and its exit code."""

import json
from io import StringIO

from django.core.management import call_command

from accounts.models import AuditEvent
from farm import tasks
from farm.models import Allocation, Reservation
from farm.tests.builders import overbook
from farm.tests.conftest import at


def run(*arguments):
    """Return the exit code and the output."""
    out = StringIO()
    try:
        call_command("check_capacity", *arguments, stdout=out)
    except SystemExit as end:
        return end.code, out.getvalue()
    return 0, out.getvalue()


def test_the_command_reports_a_farm_without_faults(varied_farm):
    code, output = run()
    assert code == 0
    assert output.startswith(f"4 machines, {Allocation.objects.count()} lines swept in ")
    assert output.endswith("no fault.\n")


def test_the_command_prints_a_line_for_each_fault_and_exits_with_1(varied_farm):
    overbook(varied_farm)
    code, output = run()
    first, last = output.splitlines()
    assert code == 1
    assert first == (
        "overbooked: ferme-1 (machine 1), 2030-01-07T09:00:00+00:00 – 2030-01-07T10:00:00+00:00: "
        f"More is held than there is: 1 GPU too much. Bookings: {varied_farm.pk}."
    )
    assert last.endswith("1 faults.")


def test_the_command_prints_json_for_a_monitor(varied_farm):
    overbook(varied_farm)
    code, output = run("--json")
    summary = json.loads(output)
    assert (code, summary["machines"], summary["faults"]) == (1, 4, 1)
    assert summary["found"][0]["reservations"] == [varied_farm.pk]


def test_since_checks_the_past_from_a_day_on(varied_farm, frozen):
    frozen.move_to(at(12))
    overbook(varied_farm)
    assert run()[0] == 0
    assert run("--since", "2030-01-07")[0] == 1


def test_neither_the_command_nor_the_task_repairs_anything(varied_farm):
    overbook(varied_farm)
    before = (list(Allocation.objects.values()), list(Reservation.objects.values()), AuditEvent.objects.count())
    run()
    tasks.check_capacity()
    assert (list(Allocation.objects.values()), list(Reservation.objects.values()), AuditEvent.objects.count()) == before
