"""Query strings of pages: read from a request, and written for a link."""

from django.http import HttpRequest
from django.utils.http import urlencode


def page_asked(request: HttpRequest) -> int:
    """`?page=`, from 1; the first where it is odd."""
    page = request.GET.get("page", "")
    return max(1, int(page)) if page.isdecimal() and len(page) < 6 else 1


def query_of(**values: str) -> str:
    """What these ask for, for an address; what is "" is left out."""
    return urlencode({name: value for name, value in values.items() if value})
