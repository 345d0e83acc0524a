"""Files that cannot be read: refused with the reason, and before they take time or memory."""

import io
import zipfile
from time import monotonic

import pytest

from farm.sheets.reading import read_sheet
from kernel.errors import Malformed
from kernel.tables import reading
from kernel.testing.workbooks import with_changed_part, xlsx


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "no machine"),
        (b"name\n\n\n", "no machine"),
        (b"name\n" + b"x\n" * (reading.MAX_ROWS + 1), "lines"),
        (b"a\n" * reading.MAX_LINES, "lines"),
        (b"x" * (reading.MAX_BYTES + 1), "larger"),
        (b"na\0me\nx\n", "not a text"),
        (b'name\n"x\ny', "quotation"),
        (b"\xd0\xcf\x11\xe0 old", ".xls"),
        (b"PK\x03\x04 broken", "not a spreadsheet"),
        ((",".join(map(str, range(60))) + "\n1\n").encode(), "columns"),
    ],
)
def test_an_unreadable_file_is_refused_with_the_reason(content, word):
    with pytest.raises(Malformed, match=word):
        read_sheet(content)


def test_an_excel_file_that_unpacks_to_too_much_is_refused():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/workbook.xml", b" " * (reading.MAX_UNPACKED + 1))
    assert len(out.getvalue()) < reading.MAX_BYTES
    with pytest.raises(Malformed, match="unpacked"):
        read_sheet(out.getvalue())


def test_entities_in_an_excel_file_are_refused():
    entity = b'<!DOCTYPE x [<!ENTITY a "aaaa">]>'
    with pytest.raises(Malformed, match="not a spreadsheet"):
        read_sheet(with_changed_part("xl/workbook.xml", lambda body: entity + body))


def test_a_workbook_with_a_password_is_refused_with_that_reason():
    container = reading.OLD_EXCEL + b"\0" * 1000 + "EncryptedPackage".encode("utf-16-le")
    with pytest.raises(Malformed, match="has a password"):
        read_sheet(container)
    flagged = bytearray(xlsx(["name"], ["x"]))
    flagged[flagged.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(Malformed, match="has a password"):
        read_sheet(bytes(flagged))


def with_cells(cells: bytes) -> bytes:
    """Return a workbook whose sheet ends with these rows, as XML."""
    end = b"</sheetData>"
    return with_changed_part("xl/worksheets/sheet1.xml", lambda body: body.replace(end, cells + end))


def test_a_large_sheet_is_refused_within_a_second():
    """The sizes are known before anything is unpacked."""
    content, began = with_cells(b"<row><c><v>1</v></c></row>" * 730_000), monotonic()
    assert len(content) < reading.MAX_BYTES
    with pytest.raises(Malformed, match="too large once unpacked"):
        read_sheet(content)
    assert monotonic() - began < 1


def test_the_largest_sheet_that_is_unpacked_is_read_in_seconds():
    content, began = with_cells(b"<row>" + b"<c><v>1</v></c>" * 510_000 + b"</row>"), monotonic()
    read_sheet(content)
    assert monotonic() - began < 20


def test_a_cell_far_away_takes_no_memory_for_the_empty_cells_before_it():
    """Readers that keep a sheet as a rectangle ask for 500 GB here and end the process."""
    content = with_cells(b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')
    assert len(content) < 6_000
    with pytest.raises(Malformed, match="lines"):
        read_sheet(content)
