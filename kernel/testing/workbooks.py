"""Builders of Excel workbooks for the tests of imports."""

import io
import zipfile
from collections.abc import Callable
from typing import Any

import openpyxl


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
