"""Write machines as a CSV or XLSX file. Imported again, it changes nothing."""

import csv
import io
from collections.abc import Iterable
from typing import Any

from django.utils.translation import get_language

from farm.domain.machines import EDITABLE
from farm.models import Machine
from farm.sheets.columns import escape_formula

CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def as_csv(machines: Iterable[Machine]) -> bytes:
    """Write UTF-8 with a byte order mark, separated as Excel expects it.

    The separator depends on the reader's language. Otherwise Excel shows neither accents nor columns.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";" if (get_language() or "").startswith("fr") else ",")
    writer.writerow(EDITABLE)
    writer.writerows(_cells(machine) for machine in machines)
    return out.getvalue().encode("utf-8-sig")


def as_xlsx(machines: Iterable[Machine]) -> bytes:
    import openpyxl  # on first use: large, and most processes never need it
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    book = openpyxl.Workbook(write_only=True)
    page = book.create_sheet("machines")
    page.freeze_panes = "A2"
    page.append(EDITABLE)
    for machine in machines:
        page.append([ILLEGAL_CHARACTERS_RE.sub("", v) if isinstance(v, str) else v for v in _cells(machine)])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _cells(machine: Machine) -> list[Any]:
    values = (getattr(machine, name) for name in EDITABLE)
    return [escape_formula(_as_text(value)) if not isinstance(value, int) else value for value in values]


def _as_text(value: Any) -> str:
    return ", ".join(str(item) for item in value) if isinstance(value, list) else str(value)
