"""Makes sure, before the start, that no other instance uses the data folder or the port."""

import contextlib
import errno
import fcntl
import os
import socket
from collections.abc import Iterator
from pathlib import Path

from config.env import stop


@contextlib.contextmanager
def lock_data_folder(home: Path) -> Iterator[None]:
    """Lock the data folder, or stop with one sentence. Linux releases the lock when the process ends in any way."""
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(home / "up.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        stop(f"ATELIER_HOME ({home}) cannot be written: {error.strerror}.")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        stop(f"another instance runs in {home}; set another ATELIER_HOME for this one.")
    try:
        yield
    finally:
        os.close(handle)


def check_port(host: str, number: int, variable: str = "PORT") -> None:
    """Stop with one sentence when it is not possible to listen on this port. `variable` is where it is set."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, number, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen()
    except socket.gaierror:
        stop(f"HOST must be an address or a name of this machine, not “{host}”.")
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            stop(f"port {number} on {host} is taken by another program; choose another with {variable}.")
        if error.errno == errno.EADDRNOTAVAIL:
            stop(f"HOST must be an address of this machine, and {host} is not.")
        stop(f"port {number} on {host} cannot be used: {error.strerror}.")
