"""Read a CSV or XLSX file, or a text that somebody pasted, as lines of cells.

Raises Malformed with the fault of the file. The sizes of a workbook are checked before anything is unpacked. openpyxl
reads one row at a time, so a cell in the last row and column of a sheet takes no memory for the empty cells before it.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, TypeAlias

from django.utils.translation import gettext as _

from kernel.errors import Malformed
from kernel.ids import EXACT_FLOATS

MAX_BYTES = 1_000_000
MAX_UNPACKED = 8_000_000  # bytes; an XLSX is a zip, and a small zip can contain very large files
MAX_ROWS = 2_000
MAX_LINES = 20_000  # with the empty lines
MAX_COLUMNS = 50
MAX_CHARACTERS = 2_000_000  # of all cells; escaped as JSON they still fit into one statement of MariaDB
SEARCHED_SHEETS = 10  # in which the first text may be
PADDING = " \t\r\n\u00a0\ufeff"  # spreadsheets put these around a cell and at the beginning of a file
OLD_EXCEL = b"\xd0\xcf\x11\xe0"
ENCRYPTED_PART = "EncryptedPackage".encode("utf-16-le")  # of an .xlsx with a password, in the container of an old .xls
ENCRYPTED_FLAG = 0x1  # of a part of a zip


class Formula(str):
    """The text of a cell with a formula or an error. It is never used as a value."""


class SheetLine(NamedTuple):
    number: int  # as in a spreadsheet, from 1
    cells: list[Any]  # str, int, float, bool, datetime, None or Formula


TextLine: TypeAlias = tuple[int, list[str]]
"""A line of texts, with its number."""


class Table(NamedTuple):
    how: str  # how the file was read, for people
    lines: list[SheetLine]  # that have text; not empty
    other_sheets: list[str]  # the names of the sheets that were not read


def read_table(content: bytes, nothing: str, *, results: bool = False) -> Table:
    """Read the lines of a file that have text. The kind of the file is known by its content, not by its name.

    nothing: the sentence for a file without text.
    results: read the stored results of formulas; by default a formula is a Formula.
    """
    if len(content) > MAX_BYTES:
        raise _unreadable(_("The file is larger than %(size)s KB.") % {"size": MAX_BYTES // 1000})
    if content.startswith(OLD_EXCEL) and ENCRYPTED_PART in content:
        raise _has_a_password()
    if content.startswith(OLD_EXCEL):
        raise _unreadable(_("This is an old Excel file (.xls). Save it as .xlsx or as CSV."))
    if content.startswith(b"PK\x03\x04"):
        how, lines, other_sheets = _read_xlsx(content, results=results)
        return Table(how, _lines_with_text(lines, nothing), other_sheets)
    text, encoding = _decode(content)
    text, separator = _find_separator(text)
    separator_name = _("tabs") if separator == "\t" else _("“%(separator)s”") % {"separator": separator}
    how = _("CSV in %(encoding)s, separated by %(separator)s") % {"encoding": encoding, "separator": separator_name}
    return Table(how, _lines_with_text(_csv_lines(text, separator), nothing), [])


def read_pasted_table(text: str, nothing: str) -> list[SheetLine]:
    """Read the lines of a text that somebody pasted; the separator is found as in a CSV file."""
    return _lines_with_text(_csv_lines(*_find_separator(text)), nothing)


def _lines_with_text(lines: Iterable[SheetLine], nothing: str) -> list[SheetLine]:
    """Return the lines that are not empty. Raises Malformed for too many lines or columns, and for none."""
    lines_with_text: list[SheetLine] = []
    for line in lines:
        if line.number > MAX_LINES or len(lines_with_text) > MAX_ROWS:
            raise _unreadable(_("The file has more than %(count)s lines.") % {"count": MAX_ROWS})
        if not all(map(is_empty, line.cells)):
            lines_with_text.append(line)
    if not lines_with_text:
        raise _unreadable(nothing)
    if len(lines_with_text[0].cells) > MAX_COLUMNS:
        raise _unreadable(_("The file has more than %(count)s columns.") % {"count": MAX_COLUMNS})
    return lines_with_text


def cell_text(cell: Any) -> str:
    """Return the text of a cell, without white space around it. A whole number has no decimal point: 1234567."""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < EXACT_FLOATS:
        cell = int(cell)
    return "" if cell is None else str(cell).strip(PADDING)


def text_lines(lines: Iterable[SheetLine]) -> list[TextLine]:
    """Return the number and the texts of each line, without empty cells at its end.

    Raises Malformed for a line with more than MAX_COLUMNS, and for more than MAX_CHARACTERS: a workbook may name one
    long text in every cell.
    """
    texts: list[TextLine] = []
    characters = 0
    for line in lines:
        cells = [cell_text(cell) for cell in line.cells]
        while cells and not cells[-1]:
            cells.pop()
        characters += sum(map(len, cells))
        if len(cells) > MAX_COLUMNS:
            raise _unreadable(_("The file has more than %(count)s columns.") % {"count": MAX_COLUMNS})
        if characters > MAX_CHARACTERS:
            raise _unreadable(_("The file is too large once unpacked."))
        texts.append((line.number, cells))
    return texts


def is_empty(cell: Any) -> bool:
    return cell is None or not str(cell).strip()


def _has_a_password() -> Malformed:
    return _unreadable(_("This workbook has a password. Save it without one, or as CSV."))


def _unreadable(sentence: str) -> Malformed:
    return Malformed("unreadable_file", sentence, field="file")


def _decode(content: bytes) -> tuple[str, str]:
    """Return the text and the name of its encoding.

    Tries UTF-8 with or without a byte order mark, UTF-16 with one, then the encodings of Windows in Europe.
    """
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = [("utf-16", "UTF-16")]
    else:
        encodings = [("utf-8-sig", "UTF-8"), ("cp1252", "Windows-1252"), ("latin-1", "ISO 8859-1")]
    for codec, name in encodings:
        try:
            text = content.decode(codec)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text, name
    raise _unreadable(_("This is not a text file. Save the table as CSV or as .xlsx."))


def _find_separator(text: str) -> tuple[str, str]:
    """Return the text and the separator of its cells.

    It is the one of a first line `sep=;`, as Excel writes it, or the most frequent one in the head outside quotation
    marks.
    """
    named = re.match(r'"?sep=([;,\t|])"?\r?\n', text)
    if named:
        return "\n" + text[named.end() :], named[1]  # keep the line, empty, so that the others keep their numbers
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
        raise _unreadable(
            _("Line %(line)s cannot be read: is a quotation mark left open?") % {"line": number}
        ) from None


def _read_xlsx(content: bytes, *, results: bool) -> tuple[str, list[SheetLine], list[str]]:
    """Return how the first sheet with text was read, its lines, and the names of the other sheets."""
    import openpyxl  # on first use: large, and most processes never need it

    try:
        _check_parts(content)
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, keep_links=False, data_only=results)
        for page in book.worksheets[:SEARCHED_SHEETS]:
            page.reset_dimensions()  # the file may lie about its size
            lines = list(_xlsx_lines(page))
            if any(not is_empty(cell) for line in lines for cell in line.cells):
                break
        other_sheets = [other.title for other in book.worksheets if other is not page]
        return _("XLSX, sheet “%(name)s”") % {"name": page.title}, lines, other_sheets
    except Malformed:
        raise
    except Exception:  # openpyxl raises many kinds of errors for a broken file
        raise _unreadable(_("This is not a spreadsheet that can be read. Save it again as .xlsx or as CSV.")) from None


def _check_parts(content: bytes) -> None:
    """Raise Malformed for a zip that may not be unpacked: encrypted, too large, or of another program."""
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        infos = parts.infolist()
    sizes = [info.file_size for info in infos]  # a part is never unpacked beyond the size it declares
    if any(info.flag_bits & ENCRYPTED_FLAG for info in infos):
        raise _has_a_password()
    if any(info.filename == "mimetype" for info in infos):
        raise _unreadable(_("This is an OpenDocument file (.ods). Save it as .xlsx or as CSV."))
    if len(sizes) > 1_000 or sum(sizes) > MAX_UNPACKED:
        raise _unreadable(_("The file is too large once unpacked."))


def _xlsx_lines(page: Any) -> Iterator[SheetLine]:
    for number, cells in enumerate(page.iter_rows(max_col=MAX_COLUMNS + 1, max_row=MAX_LINES + 1), start=1):
        values = [Formula(cell.value) if cell.data_type in "fe" else cell.value for cell in cells]
        while values and values[-1] is None:
            values.pop()
        yield SheetLine(number, values)
