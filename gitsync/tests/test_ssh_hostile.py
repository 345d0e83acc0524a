"""Servers that do not speak SSH as they should: each gives one reason, soon, and leaves nothing behind."""

import random
import socket
import struct
import threading
import time
import uuid
from contextlib import suppress

import paramiko
import pytest

from gitsync.git import store, transport
from gitsync.git.failures import Reason, TransportFailed
from gitsync.git.ssh import SshCredential
from gitsync.git.ssh_keys import new_key_pair
from gitsync.git.transport import Limits, RemoteUrl
from gitsync.tests.hostile import hang, raw_server

HOST = "127.0.0.1"


def port_of(host):
    return int(host.rpartition(":")[2])


def failure(credential, **limits):
    with pytest.raises(TransportFailed) as failed, store.incoming(uuid.uuid4()) as incoming:
        transport.fetch(RemoteUrl("https", HOST, "/bob.git"), {}, "", incoming.open, Limits(**limits), credential)
    assert list(store.folders()) == []
    return failed.value


def raw(settings, answer, **limits):
    """Fetch from a server that does not speak SSH as it should; return the failure and the seconds that it took."""
    with raw_server(answer) as host:
        settings.GIT_LOCAL_SERVERS = frozenset({host})
        credential = SshCredential(HOST, port_of(host), "git", new_key_pair().private, ())
        start = time.monotonic()
        return failure(credential, **limits), time.monotonic() - start


def flood_after_banner(connection, stop):
    connection.sendall(b"SSH-2.0-flood\r\n")
    while not stop.is_set():  # messages that SSH ignores, before any key is agreed on
        connection.sendall((b"\x00\x00\x00\x0c\x0a\x02" + bytes(10)) * 1000)


def huge_packet(connection, stop):
    connection.sendall(b"SSH-2.0-huge\r\n" + struct.pack(">I", 0x0FFFFFFC))
    while not stop.is_set():
        connection.sendall(bytes(65_536))


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


def test_a_packet_that_is_too_large_is_not_collected(settings):
    failed, seconds = raw(settings, huge_packet, seconds=20)
    assert (failed.reason, failed.detail) == (Reason.UNREACHABLE, "the server does not keep to the limits of SSH")
    assert seconds < 3


class Careless(paramiko.ServerInterface):
    """Lets everybody in, and takes every command."""

    def check_auth_publickey(self, username, key):
        return paramiko.AUTH_SUCCESSFUL

    def check_channel_request(self, kind, chanid):
        return paramiko.OPEN_SUCCEEDED

    def check_channel_env_request(self, channel, name, value):
        return True

    def check_channel_exec_request(self, channel, command):
        return True


def test_a_server_that_ignores_the_window_fills_no_memory(settings):
    """It sends to the error channel, which nobody reads, without being asked for more."""
    host_key = paramiko.ECDSAKey.generate()

    def answer(connection, stop):
        transport = paramiko.Transport(connection)
        transport.add_server_key(host_key)
        transport.start_server(server=Careless())
        channel = transport.accept(10)
        while not stop.is_set() and transport.is_active():
            data = paramiko.Message()
            data.add_byte(bytes([paramiko.common.MSG_CHANNEL_EXTENDED_DATA]))
            data.add_int(channel.remote_chanid)
            data.add_int(1)
            data.add_string(b"x" * 30_000)
            transport._send_user_message(data)

    with raw_server(answer, at_once=True) as host:
        settings.GIT_LOCAL_SERVERS = frozenset({host})
        line = f"{host_key.get_name()} {host_key.get_base64()}"
        failed = failure(SshCredential(HOST, port_of(host), "git", new_key_pair().private, (line,)), seconds=20)
    assert (failed.reason, failed.detail) == (Reason.UNREACHABLE, "the server does not keep to the limits of SSH")


def test_a_flood_ends_soon(settings):
    failed, seconds = raw(settings, flood_after_banner, max_bytes=1_000_000, seconds=20)
    assert failed.reason in (Reason.TOO_LARGE, Reason.UNREACHABLE)
    assert seconds < 10


def pass_on(source, target, left):
    with suppress(OSError):
        while left > 0 and (data := source.recv(min(left, 65_536))):
            target.sendall(data)
            left -= len(data)
        target.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("limit", [0, 10, 100, 1200, 1700, 2000, *range(2400, 3600, 100), 10_000])
def test_a_connection_that_breaks_off_is_no_refusal_of_the_key(ssh_server, settings, limit):
    """Wherever the server's bytes end: in its banner, the exchange of keys, the sign-in, or the answer of git."""
    work = ssh_server.create("bob")
    work.commit("large", README_txt=random.Random(1).randbytes(20_000).hex())
    work.push()

    def answer(connection, _stop):
        with socket.create_connection((HOST, ssh_server.port)) as server:
            threading.Thread(target=pass_on, args=(connection, server, 10**9), daemon=True).start()
            pass_on(server, connection, limit)

    with raw_server(answer, at_once=True) as host:
        settings.GIT_LOCAL_SERVERS = frozenset({host})
        failed = failure(ssh_server.credential(port=port_of(host)), seconds=20)
    assert failed.reason == Reason.UNREACHABLE, failed.detail
