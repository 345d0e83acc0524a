"""Outgoing connections to addresses that a person gave, within limits.

A connection goes to a public, pinned IP address, and its time and its size are bounded.

One Guard is for one contact with one server. It resolves the server's name and requires that every answer is a public
address, unless the operator named the server in GIT_LOCAL_SERVERS. The connection then goes to the checked IP address,
so the name cannot change its meaning in between. Nothing here reads proxy variables or follows a redirect.
"""

import contextlib
import ipaddress
import socket
import threading
import time
from collections.abc import Callable
from enum import Enum
from types import TracebackType
from typing import Any, Self

import urllib3
from django.conf import settings
from urllib3.connection import HTTPConnection, HTTPSConnection

CONNECT_SECONDS = 10.0
READ_SECONDS = 20.0
NAT64 = ipaddress.ip_network("64:ff9b::/96")
# Python calls these global, or did in some version: protocol assignments, 6to4 relays, documentation.
SPECIAL_IPV4 = tuple(map(ipaddress.IPv4Network, ("192.0.0.0/24", "192.88.99.0/24")))
SPECIAL_IPV6 = tuple(map(ipaddress.IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")))
UNICAST = ipaddress.IPv6Network("2000::/3")  # all other global IPv6 addresses have a special purpose


class Fault(Enum):
    """Why a contact ended. `gitsync.git.failures.Reason` has the same values."""

    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    REFUSED_ADDRESS = "refused_address"
    TOO_LARGE = "too_large"


class ContactFailed(Exception):
    """The server could not be contacted within the limits. `detail` is for people."""

    def __init__(self, fault: Fault, detail: str) -> None:
        self.fault = fault
        self.detail = detail
        super().__init__(f"{fault.value}: {detail}")


class Guard:
    """A deadline, and a limit for the bytes received. Use it as a context manager.

    At the deadline a timer shuts every connection down. So a server that sends a byte now and then, or stops in the
    middle of a handshake, cannot hold a worker longer than one that hangs.
    """

    def __init__(self, *, seconds: float, max_bytes: int) -> None:
        self.received = 0
        self.expired = False
        self._deadline = time.monotonic() + seconds
        self._max_bytes = max_bytes
        self._sockets: list[socket.socket] = []
        self._resolved: dict[tuple[str, int], list[str]] = {}  # against DNS rebinding
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self._expire)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        with self._lock:
            for handle in self._sockets:
                handle.close()
            self._sockets.clear()

    def count_received(self, size: int) -> None:
        """Count received bytes; raises ContactFailed above the byte limit or after the deadline."""
        self.received += size
        if self.received > self._max_bytes:
            raise ContactFailed(Fault.TOO_LARGE, f"more than {self._max_bytes} bytes")
        self.seconds_left()

    def seconds_left(self) -> float:
        """Return the seconds until the deadline; raises ContactFailed after it."""
        seconds = self._deadline - time.monotonic()
        if seconds <= 0 or self.expired:
            raise ContactFailed(Fault.TIMEOUT, "the whole contact took too long")
        return seconds

    def connect(self, host: str, port: int) -> socket.socket:
        """Connect to the first IP address that answers; raises ContactFailed when none does."""
        name = host.strip("[]")
        last_error = ""
        if (name, port) not in self._resolved:
            self._resolved[name, port] = resolve(name, port)
        for ip in self._resolved[name, port]:
            try:
                sock = socket.create_connection((ip, port), timeout=min(CONNECT_SECONDS, self.seconds_left()))
            except TimeoutError:
                last_error = "no answer"
                continue
            except OSError as error:
                last_error = error.strerror or "no connection"
                continue
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._watch(sock)
            return sock
        fault = Fault.TIMEOUT if last_error == "no answer" else Fault.UNREACHABLE
        raise ContactFailed(fault, f"{name}: {last_error}")

    def pool(self) -> urllib3.PoolManager:
        """Return a PoolManager whose connections are made by this Guard."""
        manager = urllib3.PoolManager(
            timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS), retries=False, maxsize=1
        )
        manager.pool_classes_by_scheme = {
            "http": _pool_class(urllib3.HTTPConnectionPool, HTTPConnection, self.connect),
            "https": _pool_class(urllib3.HTTPSConnectionPool, HTTPSConnection, self.connect),
        }
        return manager

    def _watch(self, sock: socket.socket) -> None:
        # TLS takes the original descriptor away; shutting down a duplicate still ends the connection.
        with self._lock:
            self._sockets.append(sock.dup())

    def _expire(self) -> None:
        self.expired = True
        with self._lock:
            for handle in self._sockets:
                with contextlib.suppress(OSError):  # the server closed it first
                    handle.shutdown(socket.SHUT_RDWR)


def resolve(name: str, port: int) -> list[str]:
    """Return the IP addresses of a server; raises ContactFailed unless all are allowed."""
    try:
        answers = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise ContactFailed(Fault.UNREACHABLE, f"{name}: no such server") from None
    ips = list(dict.fromkeys(str(answer[4][0]) for answer in answers))
    host = f"[{name}]" if ":" in name else name
    if not is_local_server(host, port) and not all(is_public(ip) for ip in ips):
        raise ContactFailed(Fault.REFUSED_ADDRESS, name)
    return ips


def is_local_server(host: str, port: int) -> bool:
    """Return whether the operator lets this exact `host:port` be private and use plain http."""
    return f"{host}:{port}" in settings.GIT_LOCAL_SERVERS


def is_public(ip: str) -> bool:
    """Return whether an IP address is public, also when it is wrapped in an IPv6 address."""
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        if address in NAT64:
            return is_public(str(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)))
        if address not in UNICAST or any(address in network for network in SPECIAL_IPV6):
            return False  # no forge is behind a transition mechanism either
    elif any(address in network for network in SPECIAL_IPV4):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _pool_class(pool: Any, connection: Any, connect: Callable[[str, int], socket.socket]) -> Any:
    def new_connection(self: Any) -> socket.socket:
        return connect(self.host, self.port)

    pinned = type("Pinned" + connection.__name__, (connection,), {"_new_conn": new_connection})
    return type("Pinned" + pool.__name__, (pool,), {"ConnectionCls": pinned})
