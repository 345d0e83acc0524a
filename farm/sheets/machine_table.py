"""Machines as a table to export. Imported again, it changes nothing."""

from collections.abc import Iterable
from typing import Any

from farm.domain.machines import EDITABLE
from farm.models import Machine
from kernel.exports.table import Cell, Table


def machines_table(machines: Iterable[Machine]) -> Table:
    """Return a row for each machine. The columns have the names of the fields, which an import knows."""
    rows = ([_cell(getattr(machine, name)) for name in EDITABLE] for machine in machines)
    return Table("machines", "", "machines", EDITABLE, rows)


def _cell(value: Any) -> Cell:
    return ", ".join(str(tag) for tag in value) if isinstance(value, list) else value
