"""Read the bytes of a CSV or XLSX file as the lines of a list of machines."""

from typing import NamedTuple

from django.utils.translation import gettext as _

from kernel.errors import Malformed
from kernel.tables.reading import SheetLine, read_table


class Sheet(NamedTuple):
    how: str  # how the file was read, for people
    head: SheetLine
    lines: list[SheetLine]


def read_sheet(content: bytes) -> Sheet:
    """Read a file. Its first line that is not empty is the head. Raises Malformed with the fault of the file."""
    nothing = _("The file contains no machine. It needs a line with the column names, then a line for each machine.")
    table = read_table(content, nothing)
    if len(table.lines) < 2:
        raise Malformed("unreadable_file", nothing, field="file")
    return Sheet(table.how, table.lines[0], table.lines[1:])
