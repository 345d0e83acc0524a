"""Read the cells of a file as values of machines. Pure.

Each fault is a CellProblem with its line and column.
"""

import re
from collections.abc import Callable, Sequence
from datetime import date, time, timedelta
from typing import Any, NamedTuple

from django.utils import translation
from django.utils.translation import gettext as _

from farm.models import Machine
from farm.rules.machine_words import clean_tags, split_tags
from farm.sheets.head import CellProblem, column_title, find_head, normalized, not_imported_sentences, read_columns
from farm.sheets.reading import Sheet
from kernel.exports.cells import unescape_formula
from kernel.tables.reading import Formula, SheetLine, is_empty
from kernel.text.plain_words import BadWords, looks_like, one_line, several_lines

UNSAID_WHEN_EMPTY = frozenset({"gpu_count", "memory_gb", "state"})


class MachineRow(NamedTuple):
    """The values of one machine in one line, only of the columns that the file has."""

    line: int
    values: dict[str, Any]


class BadCell(ValueError):
    """The text of a cell is not valid. The message names the expected text."""


class MachineSheet(NamedTuple):
    """The machines that a file describes."""

    rows: list[MachineRow]  # without problems
    problems: list[CellProblem]  # of the other rows, or of the whole file
    not_imported: list[str]  # sentences about parts of the file that are not imported


def read_machines(sheet: Sheet) -> MachineSheet:
    """Read the lines below the first one that names a column `name`; without one, below the first line."""
    head, lines = find_head([sheet.head, *sheet.lines])
    columns, problems = read_columns(head)
    not_imported = not_imported_sentences(sheet.head, head, columns, lines)
    if problems:
        return MachineSheet([], problems, not_imported)
    rows: list[MachineRow] = []
    seen: dict[str, int] = {}
    for line in lines:
        values, line_problems = _read_line(line, columns)
        key = looks_like(values.get("name", ""))
        if key in seen:
            sentence = _("Line %(line)s has the same name.") % {"line": seen[key]}
            line_problems.append(CellProblem(line.number, column_title("name"), sentence))
        elif key:
            seen[key] = line.number
        problems += line_problems
        if not line_problems:
            rows.append(MachineRow(line.number, values))
    return MachineSheet(rows, problems, not_imported)


def parse_tags(text: str) -> list[str]:
    """Read `nvlink, 80 GB` as two tags. Raises BadCell for too many or too long ones."""
    try:
        return clean_tags(split_tags(text))
    except BadWords as error:
        raise BadCell(str(error)) from None


def _read_line(line: SheetLine, columns: Sequence[str]) -> tuple[dict[str, Any], list[CellProblem]]:
    """Return the values of a line and its problems. An unknown column is "": its cells are ignored.

    An empty cell of a number or of a state counts as absent.
    """
    values: dict[str, Any] = {}
    problems: list[CellProblem] = []
    for column, cell in zip(columns, [*line.cells, *[None] * len(columns)], strict=False):
        if not column or (column in UNSAID_WHEN_EMPTY and is_empty(cell)):
            continue
        try:
            values[column] = READERS[column](cell)
        except (BadCell, BadWords) as error:
            problems.append(CellProblem(line.number, column_title(column), str(error)))
    return values, problems


def _read_text(cell: Any) -> str:
    """Return the text of a cell. A number is written as the spreadsheet shows it: a machine named 101."""
    if isinstance(cell, Formula):
        raise BadCell(_("This is a formula. Put its value there."))
    if isinstance(cell, bool):
        raise BadCell(_("This cell holds yes or no. Enter a text."))
    if isinstance(cell, (date, time, timedelta)):
        raise BadCell(_("This is a date or a time. Format the cell as text, and enter the text again."))
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return unescape_formula("" if cell is None else str(cell).strip())


def _read_line_of_words(cell: Any) -> str:
    return one_line(_read_text(cell))


def _read_notes(cell: Any) -> str:
    return several_lines(_read_text(cell))


def _read_name(cell: Any) -> str:
    text = _read_line_of_words(cell)
    if not text:
        raise BadCell(_("Enter the name of the machine."))
    return text


def _read_number(cell: Any) -> int:
    text = "" if isinstance(cell, (bool, date, time, timedelta)) else _read_text(cell)
    if not re.fullmatch(r"[0-9]{1,9}", text):
        sentence = _("This must be a whole number, 0 or more, not “%(text)s”.")
        raise BadCell(sentence % {"text": text[:40] or str(cell)[:40]})
    return int(text)


def _read_state(cell: Any) -> str:
    text = normalized(_read_text(cell))
    for state in Machine.State:
        with translation.override("en"):
            english = str(state.label)
        if text in {state.value, normalized(english), normalized(str(state.label))}:
            return state.value
    raise BadCell(_("This must be one of: %(words)s.") % {"words": ", ".join(Machine.State.values)})


def _read_tags(cell: Any) -> list[str]:
    return parse_tags(_read_text(cell))


READERS: dict[str, Callable[[Any], Any]] = {
    "name": _read_name,
    "location": _read_line_of_words,
    "gpu_model": _read_line_of_words,
    "gpu_count": _read_number,
    "memory_gb": _read_number,
    "tags": _read_tags,
    "state": _read_state,
    "notes": _read_notes,
    "scheduler_node": _read_line_of_words,
}
