"""The values of cells as files hold them: no text that a spreadsheet runs as a formula, times without a zone."""

import unicodedata
from datetime import date, datetime
from decimal import Decimal
from typing import TypeAlias

from django.utils import timezone
from django.utils.functional import Promise

from kernel.exports.table import Cell

# A spreadsheet runs a cell that begins so as a formula (OWASP, "CSV Injection"). The minus sign is not a hyphen.
FORMULA_STARTS = frozenset("=+-@\u2212")
CONTROL_STARTS = ("\t", "\r", "\n")
INVISIBLE = "ZC"  # the first letter of Unicode's categories of spaces, control and format characters
PlainCell: TypeAlias = "str | int | float | Decimal | datetime | date | None"


def looks_like_formula(text: str) -> bool:
    """Return whether a spreadsheet may run this text as a formula.

    Spaces and invisible characters before it do not count, and wide, small and raised forms of a sign are the sign.
    """
    text = text.lstrip("'")
    if text[:1].isalnum():
        return False
    if text.startswith(CONTROL_STARTS):
        return True
    visible = (letter for letter in text if letter != "'" and unicodedata.category(letter)[0] not in INVISIBLE)
    return unicodedata.normalize("NFKC", next(visible, ""))[:1] in FORMULA_STARTS


def escape_formula(text: str) -> str:
    """Return the text with ' before it where it looks like a formula. `unescape_formula` undoes it."""
    return f"'{text}" if looks_like_formula(text) else text


def unescape_formula(text: str) -> str:
    """Return the text without the ' of `escape_formula`."""
    return text[1:] if text.startswith("'") and looks_like_formula(text[1:]) else text


def plain_cell(cell: Cell) -> PlainCell:
    """Return the value that a file holds: an escaped text, a number, a date, or a datetime in the active time zone.

    Such a datetime has no zone and no fractions of a second: spreadsheets know neither.
    """
    if isinstance(cell, (str, Promise)):
        return escape_formula(str(cell))
    if isinstance(cell, datetime):
        return timezone.make_naive(cell).replace(microsecond=0) if timezone.is_aware(cell) else cell
    return cell
