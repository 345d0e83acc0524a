"""Limits the calendar addresses that one network address may guess."""

from django.conf import settings
from django.http import HttpRequest

from accounts import guess_limits
from accounts.guess_limits import Limit
from kernel.web.client_address import client_address, network_of


def limit_of(request: HttpRequest) -> Limit:
    """Return the limit of the caller's network address. An address that is known counts for nothing."""
    network = network_of(client_address(request) or "")
    return guess_limits.limit("calendar", network, guesses=settings.GUESSES_PER_ADDRESS, is_address=True)


def is_used_up(limit: Limit) -> bool:
    return guess_limits.used(limit) >= limit.guesses
