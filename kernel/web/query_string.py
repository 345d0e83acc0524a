"""Query strings of pages: read from a request, and written for a link."""

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


def page_number(request: HttpRequest) -> int:
    """Return `?page=`, from 1 to 99999; 1 where it is missing or no such number."""
    return max(1, whole_number(request.GET.get("page", ""), digits=5) or 1)


def query_of(**values: str) -> str:
    """Return these values as a query string; empty values are left out."""
    return urlencode({name: value for name, value in values.items() if value})
