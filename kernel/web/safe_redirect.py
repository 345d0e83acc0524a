"""Checks the address to which a form sends its user back."""

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme


def is_safe_redirect(request: HttpRequest, target: str) -> bool:
    """Whether `target` is an address of this site: a path from the root, or a URL with our own host.

    A single word is refused: Django's `redirect` would take it for the name of a view, and fail if there is none.
    """
    is_address = target.startswith(("/", "http://", "https://"))
    return is_address and url_has_allowed_host_and_scheme(
        target, {request.get_host()}, require_https=request.is_secure()
    )
