"""Who acts: a person, a program, or the system itself.

A program is a service account with a bearer, or a peer in TRUSTED_NETWORKS (`TrustedPeer`).
"""

import ipaddress
from typing import Any, TypeAlias, cast

from django.conf import settings
from django.http import HttpRequest
from rest_framework.request import Request

from accounts.models import User


class TrustedPeer:
    """A trusted peer: a principal without an account, named by its address, that is never staff nor anybody's owner."""

    pk = id = None
    kind = User.Kind.SERVICE
    is_authenticated = is_active = is_service = True
    is_anonymous = is_staff = is_superuser = is_teacher = False
    language = zone = ""

    def __init__(self, address: str) -> None:
        self.username = self.display_name = f"peer:{address}"

    def __str__(self) -> str:
        return self.username

    def has_perm(self, perm: str, obj: object = None) -> bool:
        return False


Principal: TypeAlias = "User | TrustedPeer | None"
"""Whoever acts: a person or service account, a trusted peer, or None for Atelier itself."""


def person_of(request: HttpRequest) -> User:
    """Who is signed in, for views that only such people reach."""
    return cast(User, request.user)


def caller_of(request: HttpRequest | Request) -> User | TrustedPeer:
    """Return the caller of an API whose permission classes let nobody else in than users and trusted peers."""
    return cast("User | TrustedPeer", request.user)


def is_program(user: Any) -> bool:
    """Whether this caller is a service account or a trusted peer."""
    return bool(getattr(user, "is_authenticated", False) and getattr(user, "is_service", False))


def trusted_peer(request: HttpRequest) -> TrustedPeer | None:
    """The peer at the other end of the socket, when its address is in TRUSTED_NETWORKS.

    A browser is never a trusted peer, wherever it stands: else any web page could speak for the school's network
    through it. Programs send neither of the two headers.
    """
    if not settings.TRUSTED_NETWORKS or "Origin" in request.headers or "Sec-Fetch-Site" in request.headers:
        return None
    try:
        address = ipaddress.ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:  # a Unix socket has no address
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return TrustedPeer(str(address)) if any(address in network for network in settings.TRUSTED_NETWORKS) else None
