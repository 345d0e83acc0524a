"""Machines out of a file: known by their name, new or changed, all of them or none, under the lock of them all."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from farm.domain import machines
from farm.domain.displacement import Confirmed, change_and_displace
from farm.models import Machine, Reservation
from farm.rules import permissions
from farm.sheets.columns import CellProblem, MachineRow, column_title
from kernel.errors import Conflict, Malformed, Refused

NEEDED = ("gpu_count", "memory_gb")  # of a new machine


class FieldChange(NamedTuple):
    column: str
    before: Any
    after: Any


class MachineChange(NamedTuple):
    """What a line does to its machine. `fields` is empty where the machine is so already."""

    line: int
    name: str
    is_new: bool
    fields: list[FieldChange]


class ImportResult(NamedTuple):
    changes: list[MachineChange]
    displaced: list[Reservation]

    @property
    def mark(self) -> str:
        """The same changes have the same mark."""
        return hashlib.sha256(json.dumps(self.changes, default=str).encode()).hexdigest()


class ImportRefused(Malformed):
    """Some lines cannot be: none was."""

    def __init__(self, problems: list[CellProblem]) -> None:
        super().__init__("not_imported", _("Some lines cannot be imported. Nothing was changed."))
        self.problems = problems


def import_machines(
    *, actor: Any, rows: Sequence[MachineRow], confirm: Confirmed = False, seen: str | None = None
) -> ImportResult:
    """Add the machines whose name is new, change the others where they differ; the same file again changes nothing.

    `seen` is the mark of the changes that somebody has looked at: where these are others by now, 409 `moved_on`.
    """
    permissions.check_may_manage(actor)
    known = _known(rows)
    pairs = [(known.get(row.values["name"]), row) for row in rows]
    changing = [machine.pk for machine, row in pairs if machine is not None and _fields(machine, row)]

    def apply(locked: dict[int, Machine]) -> list[MachineChange]:
        now_known = _known(rows) | {machine.name: machine for machine in locked.values()}
        changes, problems = [], []
        for row in rows:
            try:
                changes.append(_apply(actor, row, now_known.get(row.values["name"]), locked))
            except Refused as refusal:
                column = refusal.field and column_title(refusal.field)
                problems.append(CellProblem(row.line, column, refusal.message))
        if problems:
            raise ImportRefused(problems)
        if seen is not None and ImportResult(changes, []).mark != seen:
            raise _moved_on()
        return changes

    done = change_and_displace(actor, changing, apply, confirm)
    return ImportResult(done.result, done.reservations)


def _apply(actor: Any, row: MachineRow, machine: Machine | None, locked: dict[int, Machine]) -> MachineChange:
    name = row.values["name"]
    fields = _fields(machine, row)
    if machine is None:
        _check_new(row)
        machines.create_machine_row(actor, None, row.values)
    elif fields:
        if machine.pk not in locked:  # it was as the file says a moment ago, and is not any more
            raise _moved_on()
        machines.change_machine_row(actor, machine, row.values)
    return MachineChange(row.line, name, machine is None, fields)


def _fields(machine: Machine | None, row: MachineRow) -> list[FieldChange]:
    if machine is None:
        return [FieldChange(column, None, value) for column, value in row.values.items() if value not in ("", [])]
    pairs = ((column, getattr(machine, column), value) for column, value in row.values.items())
    return [FieldChange(column, before, after) for column, before, after in pairs if before != after]


def _check_new(row: MachineRow) -> None:
    for column in NEEDED:
        if column not in row.values:
            raise Malformed("missing", _("A new machine needs this column."), field=column)
    twin = Machine.objects.filter(name__iexact=row.values["name"]).first()
    if twin is not None:
        sentence = _("There is a machine “%(name)s”: write its name in the same way.") % {"name": twin.name}
        raise Conflict("name_taken", sentence, field="name")


def _known(rows: Sequence[MachineRow]) -> dict[str, Machine]:
    """The machines that the lines name, by exactly that name."""
    names = {row.values["name"] for row in rows}
    return {machine.name: machine for machine in Machine.objects.all() if machine.name in names}


def _moved_on() -> Conflict:
    return Conflict("moved_on", _("The machines have changed since this preview was made. Look at it again."))
