"""Read the cells of a file as values of machines; each fault is a CellProblem with its line and column. Pure."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from django.utils import translation
from django.utils.translation import gettext as _

from farm.domain.machines import EDITABLE
from farm.models import Machine
from farm.sheets.reading import Formula, Sheet, SheetLine

MAX_TAGS = 20
# A spreadsheet takes a cell that begins so for a formula. It is written with ' before it, and read without.
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


class MachineRow(NamedTuple):
    """What a line says of a machine: only the columns that the file has."""

    line: int
    values: dict[str, Any]


class CellProblem(NamedTuple):
    line: int
    column: str  # as people call it; "" is the whole line
    sentence: str


class BadCell(ValueError):
    """Its text says what the cell should have held."""


def read_machines(sheet: Sheet) -> tuple[list[MachineRow], list[CellProblem]]:
    """The rows that are whole, and every problem of the others: all of them, not the first."""
    columns, problems = _columns(sheet.head)
    if problems:
        return [], problems
    rows: list[MachineRow] = []
    seen: dict[str, int] = {}
    for line in sheet.lines:
        values, wrong = _values(line, columns)
        key = values.get("name", "").casefold()
        if key in seen:
            wrong.append(
                CellProblem(line.number, column_title("name"), _("Line %(line)s has this name.") % {"line": seen[key]})
            )
        elif key:
            seen[key] = line.number
        problems += wrong
        if not wrong:
            rows.append(MachineRow(line.number, values))
    return rows, problems


def column_title(column: str) -> str:
    """How the pages call a column, in the reader's language."""
    return str(getattr(Machine._meta.get_field(column), "verbose_name", column)) if column in EDITABLE else column


def parse_tags(text: str) -> list[str]:
    """`nvlink, 80 GB` -> two tags."""
    found = list(dict.fromkeys(word.strip() for word in re.split(r"[,;\n]", text) if word.strip()))
    if len(found) > MAX_TAGS or any(len(word) > 50 for word in found):
        raise BadCell(_("At most %(count)s tags of 50 letters, separated by commas.") % {"count": MAX_TAGS})
    return found


def escape_formula(text: str) -> str:
    """Written so that no spreadsheet takes it for a formula; `_plain` reads it back."""
    return f"'{text}" if text.lstrip("'").startswith(DANGEROUS) else text


def _columns(head: SheetLine) -> tuple[list[str], list[CellProblem]]:
    """Which column each cell of the head names: by its name in the export, or as the pages call it."""
    known = {_key(name): column for column in EDITABLE for name in _names(column)}
    columns: list[str] = []
    problems = []
    for cell in head.cells:
        column = known.get(_key(str(cell or "")), "")
        if not column:
            sentence = _("There is no such column. There are: %(names)s.") % {"names": ", ".join(EDITABLE)}
            problems.append(CellProblem(head.number, str(cell or "—")[:60], sentence))
        elif column in columns:
            problems.append(CellProblem(head.number, str(cell)[:60], _("This column is there twice.")))
        columns.append(column)
    if not problems and "name" not in columns:
        problems.append(
            CellProblem(head.number, column_title("name"), _("This column is missing: machines are known by it."))
        )
    return columns, problems


def _names(column: str) -> set[str]:
    with translation.override("en"):
        english = column_title(column)
    return {column, english, column_title(column)}


def _key(name: str) -> str:
    return re.sub(r"[\s_]+", " ", unicodedata.normalize("NFC", name)).strip().casefold()


def _values(line: SheetLine, columns: Sequence[str]) -> tuple[dict[str, Any], list[CellProblem]]:
    values, wrong = {}, []
    for column, cell in zip(columns, [*line.cells, *[None] * len(columns)], strict=False):
        try:
            values[column] = READ.get(column, _text)(cell)
        except BadCell as error:
            wrong.append(CellProblem(line.number, column_title(column), str(error)))
    if any(cell is not None and str(cell).strip() for cell in line.cells[len(columns) :]):
        wrong.append(CellProblem(line.number, "", _("This line has more cells than there are columns.")))
    return values, wrong


def _text(cell: Any) -> str:
    if isinstance(cell, Formula):
        raise BadCell(_("This is a formula. Put its value there."))
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)  # a machine called 101
    text = unicodedata.normalize("NFC", "" if cell is None else str(cell)).strip()
    if any(unicodedata.category(letter) == "Cc" and letter not in "\n\r\t" for letter in text):
        raise BadCell(_("This holds a character that cannot be shown."))
    return text[1:] if text.startswith("'") and text.lstrip("'").startswith(DANGEROUS) else text


def _name(cell: Any) -> str:
    text = _text(cell)
    if not text:
        raise BadCell(_("A machine needs a name here."))
    return text


def _number(cell: Any) -> int:
    text = _text(cell)
    if isinstance(cell, bool) or not re.fullmatch(r"[0-9]{1,9}", text):
        raise BadCell(_("A whole number from 0 up is needed here, not “%(text)s”.") % {"text": text[:40]})
    return int(text)


def _state(cell: Any) -> str:
    text = _key(_text(cell))
    for state in Machine.State:
        with translation.override("en"):
            english = str(state.label)
        if text in {state.value, _key(english), _key(str(state.label))}:
            return state.value
    words = ", ".join(Machine.State.values)
    raise BadCell(_("One of these is needed here: %(words)s.") % {"words": words})


READ: dict[str, Callable[[Any], Any]] = {
    "name": _name,
    "gpu_count": _number,
    "memory_gb": _number,
    "state": _state,
    "tags": lambda cell: parse_tags(_text(cell)),
}
