"""Read the cells of a file as values of machines. Pure.

Each fault is a CellProblem with its line and column.
"""

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
MAX_TAG_LENGTH = 50
# A spreadsheet runs a cell that begins so as a formula. Such text is written with ' before it, and read without.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


class MachineRow(NamedTuple):
    """The values of one machine in one line, only of the columns that the file has."""

    line: int
    values: dict[str, Any]


class CellProblem(NamedTuple):
    line: int
    column: str  # its title on the pages; "" means the whole line
    sentence: str


class BadCell(ValueError):
    """The text of a cell is not valid. The message names the expected text."""


def read_machines(sheet: Sheet) -> tuple[list[MachineRow], list[CellProblem]]:
    """Return the rows without problems, and all the problems of the other rows."""
    columns, problems = _read_head(sheet.head)
    if problems:
        return [], problems
    rows: list[MachineRow] = []
    seen: dict[str, int] = {}
    for line in sheet.lines:
        values, line_problems = _read_line(line, columns)
        key = values.get("name", "").casefold()
        if key in seen:
            sentence = _("Line %(line)s has the same name.") % {"line": seen[key]}
            line_problems.append(CellProblem(line.number, column_title("name"), sentence))
        elif key:
            seen[key] = line.number
        problems += line_problems
        if not line_problems:
            rows.append(MachineRow(line.number, values))
    return rows, problems


def column_title(column: str) -> str:
    """Return the title of a column on the pages, in the reader's language."""
    return str(getattr(Machine._meta.get_field(column), "verbose_name", column)) if column in EDITABLE else column


def parse_tags(text: str) -> list[str]:
    """Read `nvlink, 80 GB` as two tags. Raises BadCell for too many or too long ones."""
    tags = list(dict.fromkeys(tag.strip() for tag in re.split(r"[,;\n]", text) if tag.strip()))
    if len(tags) > MAX_TAGS or any(len(tag) > MAX_TAG_LENGTH for tag in tags):
        raise BadCell(_("At most %(count)s tags of 50 letters, separated by commas.") % {"count": MAX_TAGS})
    return tags


def escape_formula(text: str) -> str:
    """Write text so that no spreadsheet runs it as a formula. `_read_text` undoes it."""
    return f"'{text}" if text.lstrip("'").startswith(FORMULA_STARTS) else text


def _read_head(head: SheetLine) -> tuple[list[str], list[CellProblem]]:
    """Return the columns that the cells of the head name, and the problems.

    A column is named by its field, or by its title on the pages.
    """
    known = {_normalized(name): column for column in EDITABLE for name in _names(column)}
    columns: list[str] = []
    problems = []
    for cell in head.cells:
        column = known.get(_normalized(str(cell or "")), "")
        if not column:
            sentence = _("Unknown column. The columns are: %(names)s.") % {"names": ", ".join(EDITABLE)}
            problems.append(CellProblem(head.number, str(cell or "—")[:60], sentence))
        elif column in columns:
            problems.append(CellProblem(head.number, str(cell)[:60], _("This column appears twice.")))
        columns.append(column)
    if not problems and "name" not in columns:
        problems.append(
            CellProblem(head.number, column_title("name"), _("This column is missing. It identifies the machines."))
        )
    return columns, problems


def _names(column: str) -> set[str]:
    with translation.override("en"):
        english = column_title(column)
    return {column, english, column_title(column)}


def _normalized(name: str) -> str:
    return re.sub(r"[\s_]+", " ", unicodedata.normalize("NFC", name)).strip().casefold()


def _read_line(line: SheetLine, columns: Sequence[str]) -> tuple[dict[str, Any], list[CellProblem]]:
    values: dict[str, Any] = {}
    problems: list[CellProblem] = []
    for column, cell in zip(columns, [*line.cells, *[None] * len(columns)], strict=False):
        try:
            read_cell: Callable[[Any], Any] = READERS.get(column, _read_text)
            values[column] = read_cell(cell)
        except BadCell as error:
            problems.append(CellProblem(line.number, column_title(column), str(error)))
    if any(cell is not None and str(cell).strip() for cell in line.cells[len(columns) :]):
        problems.append(CellProblem(line.number, "", _("This line has more cells than there are columns.")))
    return values, problems


def _read_text(cell: Any) -> str:
    if isinstance(cell, Formula):
        raise BadCell(_("This is a formula. Put its value there."))
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)  # a machine named 101
    text = unicodedata.normalize("NFC", "" if cell is None else str(cell)).strip()
    if any(unicodedata.category(letter) == "Cc" and letter not in "\n\r\t" for letter in text):
        raise BadCell(_("This contains a character that cannot be shown."))
    return text[1:] if text.startswith("'") and text.lstrip("'").startswith(FORMULA_STARTS) else text


def _read_name(cell: Any) -> str:
    text = _read_text(cell)
    if not text:
        raise BadCell(_("Enter the name of the machine."))
    return text


def _read_number(cell: Any) -> int:
    text = _read_text(cell)
    if isinstance(cell, bool) or not re.fullmatch(r"[0-9]{1,9}", text):
        raise BadCell(_("This must be a whole number, 0 or more, not “%(text)s”.") % {"text": text[:40]})
    return int(text)


def _read_state(cell: Any) -> str:
    text = _normalized(_read_text(cell))
    for state in Machine.State:
        with translation.override("en"):
            english = str(state.label)
        if text in {state.value, _normalized(english), _normalized(str(state.label))}:
            return state.value
    raise BadCell(_("This must be one of: %(words)s.") % {"words": ", ".join(Machine.State.values)})


def _read_tags(cell: Any) -> list[str]:
    return parse_tags(_read_text(cell))


READERS: dict[str, Callable[[Any], Any]] = {
    "name": _read_name,
    "gpu_count": _read_number,
    "memory_gb": _read_number,
    "state": _read_state,
    "tags": _read_tags,
}
