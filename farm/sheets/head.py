"""Finds the line of a file that names its columns, and the parts of the file that are not imported."""

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from farm.domain.machines import EDITABLE
from farm.models import Machine
from kernel.tables.reading import SheetLine, is_empty

LONGEST_TITLE = 200  # characters; a longer text is not normalized, because accents without end take minutes
SEARCHED = 10  # lines in which the names of the columns may come first


class CellProblem(NamedTuple):
    line: int
    column: str  # its title on the pages; "" means the whole line
    sentence: str


def column_title(column: str) -> str:
    """Return the title of a column on the pages, in the reader's language."""
    return str(getattr(Machine._meta.get_field(column), "verbose_name", column)) if column in EDITABLE else column


def find_head(lines: Sequence[SheetLine]) -> tuple[SheetLine, list[SheetLine]]:
    """Return the line with the names of the columns, and the lines below it.

    A title or a date may stand above it.
    """
    known = _known_columns()
    for index, line in enumerate(lines[:SEARCHED]):
        if any(known.get(normalized(str(cell or ""))) == "name" for cell in line.cells):
            return line, list(lines[index + 1 :])
    return lines[0], list(lines[1:])


def read_columns(head: SheetLine) -> tuple[list[str], list[CellProblem]]:
    """Return the column that each cell of the head names, "" for an unknown one, and the problems.

    A column is named by its field, or by its title on the pages.
    """
    known = _known_columns()
    columns: list[str] = []
    problems = []
    for cell in head.cells:
        column = known.get(normalized(str(cell or "")), "")
        if column and column in columns:
            problems.append(CellProblem(head.number, str(cell)[:60], _("This column appears twice.")))
        columns.append(column)
    if "name" not in columns:
        sentence = _("This column is missing. It identifies the machines. The columns are: %(names)s.")
        problems.append(CellProblem(head.number, column_title("name"), sentence % {"names": ", ".join(EDITABLE)}))
    return columns, problems


def not_imported_sentences(
    first: SheetLine, head: SheetLine, columns: Sequence[str], lines: Sequence[SheetLine]
) -> list[str]:
    """Return sentences about what is not imported: lines above the head, unknown columns, cells beyond the columns."""
    sentences = []
    if first.number < head.number:
        sentences.append(
            _("Line %(line)s has the names of the columns. The lines above it are not imported.")
            % {"line": head.number}
        )
    from openpyxl.utils import get_column_letter  # on first use: large, and most processes never need it

    names = []
    for index, column in enumerate(columns):
        title = "" if is_empty(head.cells[index]) else str(head.cells[index]).strip()[:60]
        if not column and (
            title or any(not is_empty(cell) for line in lines for cell in line.cells[index : index + 1])
        ):
            names.append(f"“{title}”" if title else get_column_letter(index + 1))
    if names:
        sentence = ngettext(
            "This column is not imported: %(names)s.", "These columns are not imported: %(names)s.", len(names)
        )
        sentences.append(sentence % {"names": ", ".join(names)})
    wide = [str(line.number) for line in lines if any(not is_empty(cell) for cell in line.cells[len(columns) :])]
    if wide:
        sentence = ngettext(
            "Line %(lines)s has cells beside the columns. They are not imported.",
            "Lines %(lines)s have cells beside the columns. They are not imported.",
            len(wide),
        )
        sentences.append(sentence % {"lines": ", ".join(wide[:10]) + (", …" if len(wide) > 10 else "")})
    return sentences


def normalized(name: str) -> str:
    """Return a title in the form that is compared; "" for a text that is too long to be one."""
    if len(name) > LONGEST_TITLE:
        return ""
    return re.sub(r"[\s_]+", " ", unicodedata.normalize("NFC", name)).strip().casefold()


def _known_columns() -> dict[str, str]:
    return {normalized(name): column for column in EDITABLE for name in _names(column)}


def _names(column: str) -> set[str]:
    with translation.override("en"):
        english = column_title(column)
    return {column, english, column_title(column)}
