"""Servers that do not speak SSH as they should: each gives one reason, soon, and leaves nothing behind."""

import random
import socket
import socketserver
import threading
import time
import uuid
from contextlib import contextmanager, suppress

import pytest

from gitsync.git import store, transport
from gitsync.git.failures import Reason, TransportFailed
from gitsync.git.ssh import SshCredential
from gitsync.git.ssh_keys import new_key_pair
from gitsync.git.transport import Limits, RemoteUrl
from gitsync.tests.hostile import hang, raw_server

HOST = "127.0.0.1"


def failure(credential, **limits):
    with pytest.raises(TransportFailed) as failed, store.incoming(uuid.uuid4()) as incoming:
        transport.fetch(RemoteUrl("https", HOST, "/bob.git"), {}, "", incoming.open, Limits(**limits), credential)
    assert list(store.folders()) == []
    return failed.value


def raw(settings, answer, **limits):
    """Fetch from a server that does not speak SSH as it should; return the failure and the seconds that it took."""
    with raw_server(answer) as host:
        settings.GIT_LOCAL_SERVERS = frozenset({host})
        credential = SshCredential(HOST, int(host.rpartition(":")[2]), "git", new_key_pair().private, ())
        start = time.monotonic()
        return failure(credential, **limits), time.monotonic() - start


def flood_after_banner(connection, stop):
    connection.sendall(b"SSH-2.0-flood\r\n")
    while not stop.is_set():  # messages that SSH ignores, before any key is agreed on
        connection.sendall((b"\x00\x00\x00\x0c\x0a\x02" + bytes(10)) * 1000)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (lambda connection, _stop: None, Reason.UNREACHABLE),
        (lambda connection, _stop: connection.sendall(b"\xff\xfe not SSH\r\n\r\n"), Reason.UNREACHABLE),
        (lambda connection, _stop: connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n" * 200), Reason.UNREACHABLE),
        (lambda connection, _stop: connection.sendall(b"SSH-2.0-x\r\n\xff\xff\xff\xff garbage"), Reason.UNREACHABLE),
        (lambda connection, _stop: connection.sendall(b"SSH-1.5-old\r\n"), Reason.UNREACHABLE),
    ],
)
def test_an_unusual_answer_gives_one_reason(settings, answer, reason):
    assert raw(settings, answer)[0].reason == reason


@pytest.mark.parametrize("banner", [b"", b"SSH-2.0-hangs\r\n"])
def test_a_hanging_server_is_left_at_the_deadline(settings, banner):
    def answer(connection, stop):
        connection.sendall(banner)
        hang(connection, stop)

    failed, seconds = raw(settings, answer, seconds=0.5)
    assert failed.reason == Reason.TIMEOUT
    assert seconds < 3


def test_a_dripping_server_is_left_at_the_deadline(settings):
    def answer(connection, stop):
        while not stop.wait(0.05):
            connection.sendall(b"S")

    failed, seconds = raw(settings, answer, seconds=0.5)
    assert failed.reason == Reason.TIMEOUT
    assert seconds < 3


def test_a_flood_ends_soon(settings):
    failed, seconds = raw(settings, flood_after_banner, max_bytes=1_000_000, seconds=20)
    assert failed.reason in (Reason.TOO_LARGE, Reason.UNREACHABLE)
    assert seconds < 10


@contextmanager
def cutting_proxy(port, limit):
    """Pass bytes between a client and the sshd at `port`; close both after `limit` bytes from the sshd."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self):
            with socket.create_connection((HOST, port)) as server:
                threading.Thread(target=self.pass_on, args=(self.request, server, 10**9), daemon=True).start()
                self.pass_on(server, self.request, limit)

        def pass_on(self, source, target, left):
            with suppress(OSError):
                while left > 0 and (data := source.recv(min(left, 65_536))):
                    target.sendall(data)
                    left -= len(data)
                target.shutdown(socket.SHUT_RDWR)

    with socketserver.ThreadingTCPServer((HOST, 0), Handler) as proxy:
        proxy.daemon_threads = True
        threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield proxy.server_address[1]
        proxy.shutdown()


@pytest.mark.parametrize("limit", [0, 10, 100, 1200, 1700, 2000, *range(2400, 3600, 100), 10_000])
def test_a_connection_that_breaks_off_is_no_refusal_of_the_key(ssh_server, settings, limit):
    """Wherever the server's bytes end: in its banner, the exchange of keys, the sign-in, or the answer of git."""
    work = ssh_server.create("bob")
    work.commit("large", README_txt=random.Random(1).randbytes(20_000).hex())
    work.push()
    with cutting_proxy(ssh_server.port, limit) as port:
        settings.GIT_LOCAL_SERVERS = frozenset({f"{HOST}:{port}"})
        failed = failure(ssh_server.credential(port=port), seconds=20)
    assert failed.reason == Reason.UNREACHABLE, failed.detail
