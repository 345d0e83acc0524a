"""Import machines from a file: all of them or none, under one lock.

A machine is identified by its name. All machines that change are locked.
"""

import hashlib
import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from accounts.principals import Principal
from farm.domain import machines
from farm.domain.displacement import Confirmed, LosingReservation, change_and_displace
from farm.models import Machine
from farm.rules import permissions
from farm.sheets.columns import MachineRow
from farm.sheets.head import CellProblem, column_title
from kernel.errors import Conflict, Malformed, Refused

REQUIRED = ("gpu_count", "memory_gb")  # columns of a new machine


class FieldChange(NamedTuple):
    column: str
    before: Any
    after: Any


class MachineChange(NamedTuple):
    """The change that one line makes.

    `fields` is empty when the machine has these values already.
    """

    line: int
    name: str
    is_new: bool
    fields: list[FieldChange]


class ImportResult(NamedTuple):
    changes: list[MachineChange]
    losing: list[LosingReservation]  # the bookings that are shortened or displaced

    @property
    def mark(self) -> str:
        """A hash of the changes: the same changes have the same mark."""
        return hashlib.sha256(json.dumps(self.changes, default=str).encode()).hexdigest()


class ImportRefused(Malformed):
    """Some lines cannot be imported, so none was."""

    def __init__(self, problems: list[CellProblem]) -> None:
        super().__init__("not_imported", _("Some lines cannot be imported. Nothing was changed."))
        self.problems = problems


def import_machines(
    *, actor: Principal, rows: Sequence[MachineRow], confirm: Confirmed = False, seen: str | None = None
) -> ImportResult:
    """Add the machines with a new name, and change the others where the file differs.

    `seen` is the mark of the changes in the preview. Raises ImportRefused when a line cannot be imported; Conflict
    `moved_on` when the changes are not those of the preview; Conflict `would_displace` as `change_and_displace` does.
    """
    permissions.check_may_manage(actor)
    existing = _existing(rows)
    pairs = [(existing.get(row.values["name"]), row) for row in rows]
    changing = [machine.pk for machine, row in pairs if machine is not None and _fields(machine, row)]

    def apply(locked: dict[int, Machine]) -> list[MachineChange]:
        existing_now = _existing(rows) | {machine.name: machine for machine in locked.values()}
        changes, problems = [], []
        for row in rows:
            try:
                changes.append(_apply(actor, row, existing_now.get(row.values["name"]), locked))
            except Refused as refusal:
                column = refusal.field and column_title(refusal.field)
                problems.append(CellProblem(row.line, column, refusal.message))
        if problems:
            raise ImportRefused(problems)
        if seen is not None and ImportResult(changes, []).mark != seen:
            raise _moved_on()
        return changes

    outcome = change_and_displace(actor, changing, apply, confirm)
    return ImportResult(outcome.result, outcome.losing)


def _apply(actor: Principal, row: MachineRow, machine: Machine | None, locked: dict[int, Machine]) -> MachineChange:
    name = row.values["name"]
    fields = _fields(machine, row)
    if machine is None:
        _check_new(row)
        machines.create_machine_row(actor, None, row.values)
    elif fields:
        if machine.pk not in locked:  # its values were those of the file when the rows to lock were read
            raise _moved_on()
        machines.change_machine_row(actor, machine, row.values)
    return MachineChange(row.line, name, machine is None, fields)


def _fields(machine: Machine | None, row: MachineRow) -> list[FieldChange]:
    if machine is None:
        return [FieldChange(column, None, value) for column, value in row.values.items() if value not in ("", [])]
    pairs = ((column, getattr(machine, column), value) for column, value in row.values.items())
    return [FieldChange(column, before, after) for column, before, after in pairs if before != after]


def _check_new(row: MachineRow) -> None:
    for column in REQUIRED:
        if column not in row.values:
            raise Malformed("missing", _("A new machine needs this column."), field=column)


def _existing(rows: Sequence[MachineRow]) -> dict[str, Machine]:
    """Return the machines that the lines name, by name. "Node1" and "node1" are two names, on every database."""
    names = {row.values["name"] for row in rows}
    return {machine.name: machine for machine in Machine.objects.all() if machine.name in names}


def _moved_on() -> Conflict:
    return Conflict("moved_on", _("The machines have changed since this preview was made. Check the new preview."))
