"""Writes a table as XLSX: texts as texts, numbers as numbers, dates as dates; ready to be printed on A4."""

import re
import tempfile
from datetime import date, datetime
from typing import Any, BinaryIO

from django.utils.translation import gettext as _

from kernel.errors import Malformed
from kernel.exports.cells import PlainCell, plain_cell
from kernel.exports.table import Table

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# The limits of the format (Microsoft, "Excel specifications and limits").
MAX_ROWS = 1_048_575  # below the head
MAX_CHARACTERS = 32_767  # of a cell, as UTF-16
FIRST_YEAR = 1900  # an earlier date is written as a text
WIDEST = 50  # characters of a column
A4 = 9  # the number of this paper in the format
NO_XML = re.compile("[\ud800-\udfff\ufffe\uffff]")  # characters that no XML file may have


def write_xlsx(table: Table, file: BinaryIO) -> int:
    """Write one sheet, one row after the other. Return the number of rows.

    Raises Malformed `too_many_rows` for a table with more than MAX_ROWS rows.
    """
    with tempfile.TemporaryDirectory() as folder:  # a writer that is interrupted leaves its files in it
        return _write_book(table, file, folder)


def _write_book(table: Table, file: BinaryIO, folder: str) -> int:
    import xlsxwriter  # on first use: large, and most processes never need it

    book = xlsxwriter.Workbook(file, {"constant_memory": True, "tmpdir": folder})
    sheet = book.add_worksheet(_sheet_name(table.title))
    head = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    formats: dict[type, Any] = {
        datetime: book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
        date: book.add_format({"num_format": "yyyy-mm-dd"}),
    }
    widths = [min(len(title), WIDEST // 3) for title in table.columns]
    for column, title in enumerate(table.columns):
        sheet.write_string(0, column, _clean_text(str(plain_cell(title))), head)
    count = 0
    for count, row in enumerate(table.rows, start=1):
        if count > MAX_ROWS:
            sentence = _("A spreadsheet has at most %(count)s rows. Export the table as CSV.")
            raise Malformed("too_many_rows", sentence % {"count": MAX_ROWS})
        for column, cell in enumerate(row):
            width = _write_cell(sheet, count, column, plain_cell(cell), formats)
            widths[column] = min(max(widths[column], width), WIDEST)
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width + 2)
    sheet.freeze_panes(1, 0)
    sheet.set_paper(A4)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    book.close()
    return count


def _write_cell(sheet: Any, row: int, column: int, cell: PlainCell, formats: dict[type, Any]) -> int:
    """Write a cell and return its width in characters. No text becomes a formula, a number or a link."""
    if cell is None or cell == "":
        return 0
    if isinstance(cell, date) and cell.year >= FIRST_YEAR:
        sheet.write_datetime(row, column, cell, formats[type(cell)])
        return 19 if isinstance(cell, datetime) else 10
    if not isinstance(cell, (str, date)):
        sheet.write_number(row, column, cell)
        return len(str(cell))
    sheet.write_string(row, column, _clean_text(str(cell)))
    return len(str(cell))


def _clean_text(text: str) -> str:
    """Return the text as XML can hold it, with the mark … where it is cut.

    In this mode xlsxwriter copies a text that begins with <r> and ends with </r> as it is: it could hold other cells,
    with formulas. A space at its end prevents that.
    """
    text = NO_XML.sub("\ufffd", text)
    if len(text) > MAX_CHARACTERS // 2:  # characters outside the first plane count twice
        text = f"{text[: MAX_CHARACTERS // 2 - 1]}…"
    return f"{text} " if text.startswith("<r>") else text


def _sheet_name(title: str) -> str:
    """Return the title in the form that the format accepts."""
    return re.sub(r"[\[\]:*?/\\']", " ", title)[:31].strip() or "1"
