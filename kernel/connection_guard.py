"""Outgoing connections to addresses that a person gave: to public, pinned addresses, for a bounded time and size.

One Guard stands for one contact with one server. Names are resolved here and every answer must be public (a server
that the operator named in GIT_LOCAL_SERVERS excepted); the connection goes to the checked number, so that a name
cannot change its meaning in between. Nothing here reads proxy variables or follows a redirect.
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


class Fault(Enum):
    """Why a contact ended. The values are those of `gitsync.git.failures.Reason`."""

    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    REFUSED_ADDRESS = "refused_address"
    TOO_LARGE = "too_large"


class ContactFailed(Exception):
    """The server could not be contacted, or not within the limits. `detail` is for people."""

    def __init__(self, fault: Fault, detail: str) -> None:
        self.fault = fault
        self.detail = detail
        super().__init__(f"{fault.value}: {detail}")


class Guard:
    """A deadline in seconds and a cap in bytes over everything received. Use as a context manager.

    At the deadline every connection is shut down from outside, so a server that drips a byte now and then, or stops
    in the middle of a handshake, holds nobody longer than one that hangs.
    """

    def __init__(self, *, seconds: float, max_bytes: int) -> None:
        self.received = 0
        self.expired = False
        self._ends = time.monotonic() + seconds
        self._max_bytes = max_bytes
        self._sockets: list[socket.socket] = []
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

    def count(self, number: int) -> None:
        """Take note of bytes received; over the cap or the deadline the contact ends."""
        self.received += number
        if self.received > self._max_bytes:
            raise ContactFailed(Fault.TOO_LARGE, f"more than {self._max_bytes} bytes")
        self.left()

    def left(self) -> float:
        """Seconds until the deadline."""
        left = self._ends - time.monotonic()
        if left <= 0 or self.expired:
            raise ContactFailed(Fault.TIMEOUT, "the whole contact took too long")
        return left

    def connect(self, host: str, port: int) -> socket.socket:
        name = host.strip("[]")
        last = ""
        for number in resolve(name, port):
            try:
                sock = socket.create_connection((number, port), timeout=min(CONNECT_SECONDS, self.left()))
            except TimeoutError:
                last = "no answer"
                continue
            except OSError as error:
                last = error.strerror or "no connection"
                continue
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._watch(sock)
            return sock
        fault = Fault.TIMEOUT if last == "no answer" else Fault.UNREACHABLE
        raise ContactFailed(fault, f"{name}: {last}")

    def pool(self) -> urllib3.PoolManager:
        """A PoolManager whose connections are made by this Guard."""
        manager = urllib3.PoolManager(
            timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS), retries=False, maxsize=1
        )
        manager.pool_classes_by_scheme = {
            "http": _pool_class(urllib3.HTTPConnectionPool, HTTPConnection, self.connect),
            "https": _pool_class(urllib3.HTTPSConnectionPool, HTTPSConnection, self.connect),
        }
        return manager

    def _watch(self, sock: socket.socket) -> None:
        # A duplicate of the descriptor: TLS takes the original away, and shutdown reaches the connection itself.
        with self._lock:
            self._sockets.append(sock.dup())

    def _expire(self) -> None:
        self.expired = True
        with self._lock:
            for handle in self._sockets:
                with contextlib.suppress(OSError):  # the other side was quicker
                    handle.shutdown(socket.SHUT_RDWR)


def resolve(name: str, port: int) -> list[str]:
    """The numbers of a server, all of them allowed."""
    try:
        answers = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise ContactFailed(Fault.UNREACHABLE, f"{name}: no such server") from None
    numbers = list(dict.fromkeys(str(answer[4][0]) for answer in answers))
    shown = f"[{name}]" if ":" in name else name
    if not is_local_server(shown, port) and not all(is_public(number) for number in numbers):
        raise ContactFailed(Fault.REFUSED_ADDRESS, name)
    return numbers


def is_local_server(host: str, port: int) -> bool:
    """Whether the operator named exactly this `host:port` as one that may be private and speak plain http."""
    return f"{host}:{port}" in settings.GIT_LOCAL_SERVERS


def is_public(number: str) -> bool:
    """Whether an IP address is on the public Internet, also when it is wrapped in an IPv6 one."""
    try:
        address = ipaddress.ip_address(number)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        if address in NAT64:
            return is_public(str(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)))
        wrapped = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
        if any(inner is not None for inner in wrapped) or int(address) < 2**32:
            return False  # no forge lives behind a transition mechanism
    return address.is_global and not address.is_multicast and not address.is_reserved


def _pool_class(pool: Any, connection: Any, connect: Callable[[str, int], socket.socket]) -> Any:
    def new_connection(self: Any) -> socket.socket:
        return connect(self.host, self.port)

    pinned = type("Pinned" + connection.__name__, (connection,), {"_new_conn": new_connection})
    return type("Pinned" + pool.__name__, (pool,), {"ConnectionCls": pinned})
