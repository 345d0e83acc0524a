"""The bytes of a CSV or XLSX file as rows of cells, or a refusal that says what is wrong with the file."""

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any, NamedTuple

import openpyxl
from django.utils.translation import gettext as _

from kernel.errors import Malformed

MAX_BYTES = 1_000_000
MAX_UNPACKED = 20_000_000  # an XLSX is a zip, and a small zip can hold a lot
MAX_ROWS = 2_000
MAX_LINES = 20_000  # with the empty ones
MAX_COLUMNS = 50
OLD_EXCEL = b"\xd0\xcf\x11\xe0"


class Formula(str):
    """A cell that holds a formula or an error of the spreadsheet: never a value to believe."""


class SheetLine(NamedTuple):
    number: int  # as a person counts them, from 1
    cells: list[Any]  # str, int, float, bool, datetime, None or Formula


class Sheet(NamedTuple):
    how: str  # for people: how the file was read
    head: SheetLine
    lines: list[SheetLine]


def read_sheet(content: bytes) -> Sheet:
    """The first line that is not empty is the head. What kind of file it is says its content, never its name."""
    if len(content) > MAX_BYTES:
        raise _bad(_("The file is larger than %(size)s KB.") % {"size": MAX_BYTES // 1000})
    if content.startswith(OLD_EXCEL):
        raise _bad(_("This is a file of an old Excel (.xls). Save it as .xlsx or as CSV."))
    how, lines = _xlsx(content) if content.startswith(b"PK\x03\x04") else _csv(content)
    found: list[SheetLine] = []
    for line in lines:
        if line.number > MAX_LINES or len(found) > MAX_ROWS:
            raise _bad(_("The file has more than %(count)s lines.") % {"count": MAX_ROWS})
        if any(cell is not None and str(cell).strip() for cell in line.cells):
            found.append(line)
    if len(found) < 2:
        raise _bad(_("The file holds no machine: a line with the names of the columns, then a line for each machine."))
    if len(found[0].cells) > MAX_COLUMNS:
        raise _bad(_("The file has more than %(count)s columns.") % {"count": MAX_COLUMNS})
    return Sheet(how, found[0], found[1:])


def _bad(sentence: str) -> Malformed:
    return Malformed("unreadable_file", sentence, field="file")


def _csv(content: bytes) -> tuple[str, Iterator[SheetLine]]:
    text, encoding = _text(content)
    text, separator = _separator(text)
    shown = _("tabs") if separator == "\t" else _("“%(separator)s”") % {"separator": separator}
    how = _("CSV in %(encoding)s, separated by %(separator)s") % {"encoding": encoding, "separator": shown}
    return how, _csv_lines(text, separator)


def _text(content: bytes) -> tuple[str, str]:
    """UTF-8 with or without a mark, UTF-16 with one, else what Windows in Europe writes."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        trials = [("utf-16", "UTF-16")]
    else:
        trials = [("utf-8-sig", "UTF-8"), ("cp1252", "Windows-1252"), ("latin-1", "ISO 8859-1")]
    for codec, name in trials:
        try:
            text = content.decode(codec)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text, name
    raise _bad(_("This is not a text: save the table as CSV or as .xlsx."))


def _separator(text: str) -> tuple[str, str]:
    """The separator that Excel names in a first line `sep=;`, else the one that the head has most of."""
    named = re.match(r'"?sep=([;,\t|])"?\r?\n', text)
    if named:
        return "\n" + text[named.end() :], named[1]  # the line stays, empty, so that the others keep their numbers
    head = re.sub(r'"[^"]*"', "", text.lstrip().partition("\n")[0])
    return text, max(",;\t|", key=head.count)


def _csv_lines(text: str, separator: str) -> Iterator[SheetLine]:
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    number = 1
    try:
        for cells in rows:
            yield SheetLine(number, list(cells))
            number = rows.line_num + 1
    except csv.Error:
        raise _bad(_("Line %(line)s cannot be read: is a quotation mark left open?") % {"line": number}) from None


def _xlsx(content: bytes) -> tuple[str, Iterator[SheetLine]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            sizes = [part.file_size for part in parts.infolist()]
        if len(sizes) > 1_000 or sum(sizes) > MAX_UNPACKED:
            raise _bad(_("The file is too large once unpacked."))
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
        page = book.worksheets[0]
        page.reset_dimensions()  # what the file says of its size is not believed
        lines = list(_xlsx_lines(page))
    except Malformed:
        raise
    except Exception:  # openpyxl raises a dozen kinds for a file that is not what it says
        raise _bad(_("This is not a spreadsheet that can be read. Save it again as .xlsx or as CSV.")) from None
    return _("XLSX, sheet “%(name)s”") % {"name": page.title}, iter(lines)


def _xlsx_lines(page: Any) -> Iterator[SheetLine]:
    for number, cells in enumerate(page.iter_rows(max_col=MAX_COLUMNS + 1, max_row=MAX_LINES + 1), start=1):
        values = [Formula(cell.value) if cell.data_type in "fe" else cell.value for cell in cells]
        while values and values[-1] is None:
            values.pop()
        yield SheetLine(number, values)
