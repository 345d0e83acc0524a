"""What a page's request is once LoginRequiredMiddleware has let it through, and what its address asks for."""

from django.http import HttpRequest
from django.utils.http import urlencode

from accounts.models import User


class PersonRequest(HttpRequest):
    user: User


def page_asked(request: HttpRequest) -> int:
    """`?page=`, from 1; the first where it is odd."""
    page = request.GET.get("page", "")
    return max(1, int(page)) if page.isdecimal() and len(page) < 6 else 1


def query_of(**values: str) -> str:
    """What these ask for, for an address; what is "" is left out."""
    return urlencode({name: value for name, value in values.items() if value})
