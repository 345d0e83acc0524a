"""The caller's IP address, for counting and logging. Trust in a caller is decided in accounts/principals.py."""

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """Return the address of the socket, or the one that the outermost of our PROXY_COUNT proxies saw."""
    if settings.PROXY_COUNT:
        forwarded = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
        if len(forwarded) >= settings.PROXY_COUNT:
            return forwarded[-settings.PROXY_COUNT][:64]
    return str(request.META.get("REMOTE_ADDR", ""))
