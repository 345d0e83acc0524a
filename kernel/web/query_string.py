"""Reads the query string of a page and writes one for a link."""

from django.http import HttpRequest
from django.utils.http import urlencode


def requested_page(request: HttpRequest) -> int:
    """Return the number in `?page=`, from 1; 1 when it is missing or not a number."""
    page = request.GET.get("page", "")
    return max(1, int(page)) if page.isdecimal() and len(page) < 6 else 1


def encode_query(**values: str) -> str:
    """Return the query string of these parameters, without those that are ""."""
    return urlencode({name: value for name, value in values.items() if value})
