"""Writes a table as CSV, so that Excel and LibreOffice show its accents and its columns."""

import csv
import io
import re
from datetime import datetime
from decimal import Decimal
from typing import BinaryIO

from django.utils.translation import get_language

from kernel.exports.cells import PlainCell, plain_cell
from kernel.exports.table import Table

CONTENT_TYPE = "text/csv; charset=utf-8"
INNER_FORMULA = re.compile("([;,\t|\r\n][\"']*)(?=[=+@\u2212-])")


def write_csv(table: Table, file: BinaryIO) -> int:
    """Write UTF-8 with a byte order mark, one row after the other. Return the number of rows.

    Spreadsheets expect another separator and another decimal sign in each language: `;` and `,` in French, `,` and
    `.` in English. Dates are written as in ISO 8601, which they read in every language. A file for a program is
    written as in English.
    """
    is_french = (get_language() or "").startswith("fr") and not table.for_program
    decimal_sign = "," if is_french else "."
    text = io.TextIOWrapper(file, "utf-8-sig", errors="replace", newline="")
    writer = csv.writer(text, delimiter=";" if is_french else ",")
    writer.writerow([_text(plain_cell(title), decimal_sign) for title in table.columns])
    count = 0
    for row in table.rows:
        writer.writerow([_text(plain_cell(cell), decimal_sign) for cell in row])
        count += 1
    text.flush()
    text.detach()  # the file stays open
    return count


def _text(cell: PlainCell, decimal_sign: str) -> str | int | None:
    if isinstance(cell, datetime):
        return cell.isoformat(" ", "seconds")
    if isinstance(cell, (float, Decimal)):
        return f"{cell}".replace(".", decimal_sign)
    if isinstance(cell, str):
        return _without_inner_formulas(cell)
    return cell if cell is None or isinstance(cell, int) else cell.isoformat()


def _without_inner_formulas(text: str) -> str:
    """Return the text with ' before each formula that follows a separator or a line break.

    A spreadsheet that expects another separator than the file has would begin a cell there: in Excel, French and
    English computers differ.
    """
    return INNER_FORMULA.sub(r"\1'", text)
