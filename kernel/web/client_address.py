"""Where a caller is, for counting by address. Trust in a caller is another question: see accounts.principals."""

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """The socket's address, or what the outermost of our own PROXY_COUNT proxies saw."""
    if settings.PROXY_COUNT:
        forwarded = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
        if len(forwarded) >= settings.PROXY_COUNT:
            return forwarded[-settings.PROXY_COUNT][:64]
    return request.META.get("REMOTE_ADDR", "")
