"""The principals: everyone and everything that can act in Atelier.

- A `User` is a person, or a service account that a program signs in to with a bearer token.
- A `TrustedPeer` is a program without an account, at an address in TRUSTED_NETWORKS.
- None is Atelier itself: its schedule, its repairs and its manage.py commands.

A *program* is a service account or a trusted peer. `accounts.audit.record` takes a Principal as the actor of an event.
A caller of a view is never None: behind the login it is a `User`, in an API it may also be a `TrustedPeer`.
"""

import ipaddress
from typing import TypeAlias, cast

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from rest_framework.request import Request

from accounts.models import User


class TrustedPeer:
    """A program at an address in TRUSTED_NETWORKS. It has no account: its name is its address.

    It has the attributes of a user that views and permissions read. It is never staff and never owns anything.
    """

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


Principal: TypeAlias = User | TrustedPeer | None
"""Whoever acts: a person or a service account, a trusted peer, or None for Atelier itself."""


def person_of(request: HttpRequest) -> User:
    """Return the signed-in user of a request to a view that requires a login."""
    return cast(User, request.user)


def caller_of(request: HttpRequest | Request) -> User | TrustedPeer:
    """Return the caller of an API view that lets in only users and trusted peers."""
    return cast("User | TrustedPeer", request.user)


def is_program(caller: Principal | AnonymousUser) -> bool:
    """Whether the caller is a program: a service account or a trusted peer."""
    return bool(getattr(caller, "is_authenticated", False) and getattr(caller, "is_service", False))


def trusted_peer(request: HttpRequest) -> TrustedPeer | None:
    """Return the program that sent this request, if the address of its socket is in TRUSTED_NETWORKS.

    A browser is never a trusted peer. Otherwise any web page could send requests in the name of the school's network
    through the browsers there. Browsers send one of the two headers below; programs send neither.
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
