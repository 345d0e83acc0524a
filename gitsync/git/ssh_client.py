"""Dulwich's SSH client over guarded connections, with paramiko.

The connection goes to the address that the guard checked. Only the key of the credential is offered: no agent, no key
or configuration of this machine is read, and nothing is written to disk. Every error becomes a TransportFailed.
"""

import io
import logging
import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import paramiko
from dulwich.client import SSHGitClient, SSHVendor
from dulwich.errors import GitProtocolError, HangupException

from gitsync.git.failures import Reason, TransportFailed
from gitsync.git.ssh import SshCredential
from gitsync.git.ssh_keys import fingerprint
from kernel.connection_guard import ContactFailed, Guard

READ_SECONDS = 20.0
END_SECONDS = 2.0
WORDS_BYTES = 2000  # of the server's last words on its error channel
HOST_KEY_SECONDS, HOST_KEY_BYTES = 10.0, 200_000
# A command's words for "you may not read it". All other words mean that there is no such repository.
NO_ACCESS = re.compile(rb"denied|permission|not allowed|forbidden|access|unauthori", re.IGNORECASE)
# Each kind of host key with the signatures that we accept from it: none with SHA-1.
SIGNATURES = {
    "ssh-ed25519": ("ssh-ed25519",),
    "ecdsa-sha2-nistp256": ("ecdsa-sha2-nistp256",),
    "ecdsa-sha2-nistp384": ("ecdsa-sha2-nistp384",),
    "ecdsa-sha2-nistp521": ("ecdsa-sha2-nistp521",),
    "ssh-rsa": ("rsa-sha2-512", "rsa-sha2-256"),
}
logging.getLogger("paramiko").setLevel(logging.CRITICAL)  # its errors come back as exceptions


class Client(SSHGitClient):
    """Dulwich's client with one guarded connection to `server`."""

    def __init__(self, server: str, guard: Guard, credential: SshCredential) -> None:
        self._session = _Session(guard, credential.host_keys)
        super().__init__(server, credential.port, credential.user, vendor=_Vendor(self._session, credential))

    def fetch_pack(self, *arguments: Any, **options: Any) -> Any:
        with self._session.open():
            return super().fetch_pack(*arguments, **options)


def read_host_key(server: str, port: int) -> str:
    """Return the key that an SSH server shows, as "kind base64". Nothing is sent to it. Raises TransportFailed."""
    with Guard(seconds=HOST_KEY_SECONDS, max_bytes=HOST_KEY_BYTES) as guard:
        session = _Session(guard, ())
        try:
            with session.open():
                return session.shake_hands(server, port)
        except ContactFailed as failed:
            raise TransportFailed(Reason(failed.fault.value), failed.detail) from failed


class _CountedSocket(socket.socket):
    """The socket of paramiko: counts the bytes that arrive, and ends the connection above the limit."""

    def __init__(self, sock: socket.socket, guard: Guard) -> None:
        super().__init__(fileno=sock.detach())
        self._guard = guard
        self.fault: ContactFailed | None = None

    def recv(self, size: int, flags: int = 0) -> bytes:
        data = super().recv(size, flags)
        try:
            self._guard.count_received(len(data))
        except ContactFailed as failed:
            self.fault = failed
            raise EOFError from None  # this is paramiko's thread, which takes it as the end of the connection
        return data


class _Session:
    """One SSH connection, and the reason for its end."""

    def __init__(self, guard: Guard, host_keys: tuple[str, ...]) -> None:
        self._guard, self._host_keys = guard, host_keys
        self._socket: _CountedSocket | None = None
        self._transport: paramiko.Transport | None = None
        self._command: _Command | None = None
        self._since = 0.0

    @contextmanager
    def open(self) -> Iterator[None]:
        """Close the connection at the end of the block, and give the errors of SSH their reasons."""
        try:
            yield
        except (paramiko.SSHException, HangupException, EOFError) as error:
            self._fail(error)
        except (TransportFailed, ContactFailed, TimeoutError, MemoryError):
            raise
        except GitProtocolError as error:
            if self._command is None or self._command.has_ended():
                raise
            self._fail(error)
        except Exception:
            self._raise_if_cut()
            raise
        finally:
            if self._transport is not None:
                self._transport.close()

    def shake_hands(self, server: str, port: int) -> str:
        """Connect, and return the server's key. Nobody has signed in then."""
        self._socket = _CountedSocket(self._guard.connect(server, port), self._guard)
        self._since = time.monotonic()
        self._transport = transport = paramiko.Transport(self._socket)
        transport.banner_timeout = transport.handshake_timeout = transport.auth_timeout = READ_SECONDS
        options = transport.get_security_options()
        known = [line.split()[0] for line in self._host_keys]
        kinds = sorted(SIGNATURES, key=lambda kind: kind not in known)  # a server shows the first kind that it has
        options.key_types = [name for kind in kinds for name in SIGNATURES[kind]]
        options.kex = [name for name in options.kex if "group-exchange" not in name]  # the server chooses its size
        transport.start_client(timeout=min(READ_SECONDS, self._guard.seconds_left()))
        key = transport.get_remote_server_key()
        return f"{key.get_name()} {key.get_base64()}"

    def run(self, server: str, credential: SshCredential, command: bytes, version: int) -> "_Command":
        """Check the server's key, sign in, and start the command."""
        shown = self.shake_hands(server, credential.port)
        if not self._host_keys:
            raise TransportFailed(Reason.HOST_KEY_UNKNOWN, fingerprint(shown))
        if shown not in self._host_keys:
            raise TransportFailed(Reason.HOST_KEY_CHANGED, fingerprint(shown))
        transport = self._transport
        assert transport is not None
        self._since = time.monotonic()
        transport.auth_publickey(credential.user, _private_key(credential))
        if not transport.is_authenticated():
            raise TransportFailed(Reason.CREDENTIAL_REFUSED, "the server wants more than the key")
        channel = transport.open_session(timeout=READ_SECONDS)
        channel.settimeout(READ_SECONDS)
        if version:
            channel.set_environment_variable("GIT_PROTOCOL", f"version={version}")
        channel.exec_command(command)  # nosec B601 - Dulwich quotes the path; paramiko takes bytes, too
        self._command = _Command(channel)
        return self._command

    def _fail(self, error: Exception) -> NoReturn:
        self._raise_if_cut()
        text = str(error)
        if isinstance(error, paramiko.AuthenticationException):
            if "timeout" in text:
                raise TransportFailed(Reason.TIMEOUT, "the server stopped answering") from None
            if "shut down" not in text:
                raise TransportFailed(Reason.CREDENTIAL_REFUSED, "the server refused the key") from None
        if self._command is not None:
            if not self._command.has_ended():
                raise TransportFailed(Reason.UNREACHABLE, "the connection broke off") from None
            if self._command.has_answered:
                raise TransportFailed(Reason.BROKEN, "the server did not send what it announced") from None
            words = self._command.last_words()
            reason = Reason.NO_ACCESS if NO_ACCESS.search(words) else Reason.NOT_FOUND
            raise TransportFailed(reason, words.decode("utf-8", "replace").strip()) from None
        if time.monotonic() - self._since >= READ_SECONDS:
            raise TransportFailed(Reason.TIMEOUT, "the server stopped answering") from None
        if self._transport is not None and self._transport.initial_kex_done:
            raise TransportFailed(Reason.UNREACHABLE, "the connection broke off") from None
        raise TransportFailed(Reason.UNREACHABLE, "the server does not speak SSH as we do") from None

    def _raise_if_cut(self) -> None:
        """Raise the reason when we ended the connection ourselves."""
        if self._socket is not None and self._socket.fault is not None:
            raise self._socket.fault
        self._guard.seconds_left()


class _Vendor(SSHVendor):
    """Runs Dulwich's command in our session."""

    def __init__(self, session: _Session, credential: SshCredential) -> None:
        self._session, self._credential = session, credential

    def run_command(
        self, host: str, command: bytes, *_arguments: Any, protocol_version: int | None = None, **_options: Any
    ) -> Any:
        version = 2 if protocol_version is None else protocol_version
        return self._session.run(host, self._credential, command, version)


class _Command:
    """The running command: what Dulwich reads and writes."""

    stderr = None  # `last_words` reads it

    def __init__(self, channel: paramiko.Channel) -> None:
        self._channel, self._buffer = channel, b""
        self.has_answered = False

    def read(self, size: int) -> bytes:
        """Return `size` bytes, or fewer at the end of the output."""
        while len(self._buffer) < size:
            chunk = self._channel.recv(65_536)
            if not chunk:
                break
            self.has_answered = True
            self._buffer += chunk
        data, self._buffer = self._buffer[:size], self._buffer[size:]
        return data

    def write(self, data: bytes) -> int:
        self._channel.sendall(data)
        return len(data)

    def can_read(self) -> bool:
        return bool(self._buffer or self._channel.recv_ready())

    def close(self) -> None:
        """Do nothing: the session closes the connection, after `last_words`."""

    def has_ended(self) -> bool:
        """Return whether the server has said that the command is over; False when only the connection is."""
        self._channel.status_event.wait(END_SECONDS)  # the end of the output arrives before the end of the command
        return bool(self._channel.exit_status >= 0)

    def last_words(self) -> bytes:
        """Return the beginning of the words of a command that has ended; b"" when there are none."""
        words = b""
        while len(words) < WORDS_BYTES and self._channel.recv_stderr_ready():
            words += self._channel.recv_stderr(WORDS_BYTES)
        return words[:WORDS_BYTES]


def _private_key(credential: SshCredential) -> paramiko.PKey:
    try:
        return paramiko.Ed25519Key.from_private_key(io.StringIO(credential.private_key))
    except (paramiko.SSHException, ValueError, IndexError):
        raise TransportFailed(Reason.CREDENTIAL_REFUSED, "the stored key is damaged") from None
