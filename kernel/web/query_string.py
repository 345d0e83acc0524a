"""Reads the query string of a page and writes one for a link."""

from collections.abc import Iterable

from django.http import HttpRequest
from django.utils.http import urlencode

ID_DIGITS = 18  # so many always fit into a database column of 64 bits


def whole_number(text: str, digits: int = 9) -> int | None:
    """Return `text` as a number from 0 up; None unless it is 1 to `digits` ASCII digits."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits else None


def ids_among(texts: Iterable[str]) -> list[int]:
    """Return the database ids among these texts, in their order; everything else is left out."""
    numbers = (whole_number(text, ID_DIGITS) for text in texts)
    return [number for number in numbers if number is not None]


def requested_page(request: HttpRequest) -> int:
    """Return the number in `?page=`, from 1; 1 when it is missing or not a number."""
    return max(1, whole_number(request.GET.get("page", ""), digits=5) or 1)


def encode_query(**values: str) -> str:
    """Return the query string of these parameters, without those that are ""."""
    return urlencode({name: value for name, value in values.items() if value})
