"""Where a form may send its sender back to."""

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme


def leads_here(request: HttpRequest, target: str) -> bool:
    """Whether it is an address of this site: a path from the root, or one with our own host.

    A word alone is none: Django's `redirect` would take it for the name of a view, and fail where there is none.
    """
    whole = target.startswith(("/", "http://", "https://"))
    return whole and url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
