"""The caller's IP address, for counting and logging. Trust in a caller is decided in accounts/principals.py."""

import ipaddress
import re
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest

LONGEST = 80  # characters of an address with brackets, zone, port and quotes
WITH_PORT = re.compile(r"(?:\[(?P<six>[^\[\]]+)\]|(?P<four>[0-9.]+))(?::[0-9]{1,5})?", re.ASCII)


def client_address(request: HttpRequest) -> str | None:
    """Return the address of the socket, or the one that the outermost of our PROXY_COUNT proxies saw.

    None when the proxies wrote something else than an address, and for a Unix socket, which has none.
    """
    if settings.PROXY_COUNT:
        forwarded = request.headers.get("X-Forwarded-For", "").split(",")
        if len(forwarded) >= settings.PROXY_COUNT:
            return read_address(forwarded[-settings.PROXY_COUNT])
    return read_address(str(request.META.get("REMOTE_ADDR", "")))


def read_address(text: str) -> str | None:
    """Return the IP address in this text in its shortest form, or None.

    Some proxies add a port (`192.0.2.1:443`, `[2001:db8::1]:443`), a zone (`fe80::1%eth0`) or quotes. They are dropped,
    because one caller must have one address. An IPv4 address that is written as an IPv6 address becomes IPv4.
    """
    text = text.strip().strip('"')
    return _parsed(text) if len(text) <= LONGEST else None


@lru_cache(1024)
def _parsed(text: str) -> str | None:
    if match := WITH_PORT.fullmatch(text):
        text = match["six"] or match["four"]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return str(address)


@lru_cache(1024)
def network_of(address: str) -> str:
    """Return what counts as one address: an IPv4 address, or an IPv6 network of 64 bits, which one person may own."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv6Address):
        return str(ip.ipv4_mapped or ipaddress.ip_network((ip, 64), strict=False))
    return str(ip)
