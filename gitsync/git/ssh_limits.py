"""The limits of an SSH connection: bytes, memory, and the algorithms that we take part in."""

import re
import socket
from collections.abc import Callable

import paramiko

from kernel.connection_guard import ContactFailed, Fault, Guard

# A server may send packets of 256 kB at most (OpenSSH's limit), and 2 MB before we read them (paramiko's window).
PACKET_BYTES, UNREAD_BYTES = 300_000, 5_000_000
WEAK = re.compile("cbc|sha1|md5|group-exchange")  # in the last one the server chooses how much we compute
# Each kind of host key with the signatures that we accept from it: none with SHA-1.
SIGNATURES = {
    "ssh-ed25519": ("ssh-ed25519",),
    "ecdsa-sha2-nistp256": ("ecdsa-sha2-nistp256",),
    "ecdsa-sha2-nistp384": ("ecdsa-sha2-nistp384",),
    "ecdsa-sha2-nistp521": ("ecdsa-sha2-nistp521",),
    "ssh-rsa": ("rsa-sha2-512", "rsa-sha2-256"),
}


class CountedSocket(socket.socket):
    """The socket of paramiko: counts the bytes that arrive, and ends the connection above the limit."""

    def __init__(self, sock: socket.socket, guard: Guard) -> None:
        super().__init__(fileno=sock.detach())
        self._guard = guard
        self.fault: ContactFailed | None = None
        self.unread: Callable[[], int] = lambda: 0

    def recv(self, size: int, flags: int = 0) -> bytes:
        """Receive at most `size` bytes: what is missing of a packet, whose length the server has said."""
        data = super().recv(size, flags)
        try:
            self._guard.count_received(len(data))
            if size > PACKET_BYTES or self.unread() > UNREAD_BYTES:
                raise ContactFailed(Fault.UNREACHABLE, "the server does not keep to the limits of SSH")
        except ContactFailed as failed:
            self.fault = failed
            raise EOFError from None  # this is paramiko's thread, which takes it as the end of the connection
        return data


def choose_algorithms(transport: paramiko.Transport, host_keys: tuple[str, ...]) -> None:
    """Leave out what is weak, and ask the server for a key of a kind that is known ("kind base64")."""
    options = transport.get_security_options()
    known = [line.split()[0] for line in host_keys]
    kinds = sorted(SIGNATURES, key=lambda kind: kind not in known)  # a server shows the first kind that it has
    options.key_types = [name for kind in kinds for name in SIGNATURES[kind]]
    options.kex = [name for name in options.kex if not WEAK.search(name)]
    options.ciphers = sorted((name for name in options.ciphers if not WEAK.search(name)), key=_is_slow)
    options.digests = [name for name in options.digests if not WEAK.search(name)]


def _is_slow(cipher: str) -> bool:
    return "gcm" not in cipher
