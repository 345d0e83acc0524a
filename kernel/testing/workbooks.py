"""Builders of Excel workbooks for the tests of imports, and files of exported tables."""

import io
import zipfile
from collections.abc import Callable
from typing import Any, BinaryIO

import openpyxl

from kernel.exports.table import Table


def file_of(table: Table, write: Callable[[Table, BinaryIO], int]) -> bytes:
    """Return the file that `write_csv` or `write_xlsx` makes of the table."""
    file = io.BytesIO()
    write(table, file)
    return file.getvalue()


def xlsx(*rows: list[Any]) -> bytes:
    """Return a workbook with these rows in its first sheet."""
    book, out = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(out)
    return out.getvalue()


def with_changed_part(name: str, change: Callable[[bytes], bytes]) -> bytes:
    """Return a small workbook in which `change` has replaced the content of the part `name` of its zip."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(xlsx(["name"], ["x"]))) as good,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as changed,
    ):
        for part in good.namelist():
            body = good.read(part)
            changed.writestr(part, change(body) if part == name else body)
    return out.getvalue()
