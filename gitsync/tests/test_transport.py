"""Hostile and failing servers: each gives one reason, soon, and leaves nothing behind."""

import os
import socket
import ssl
import subprocess
import time
import uuid

import pytest

from gitsync.git import store, transport
from gitsync.git.failures import Reason, TransportFailed
from gitsync.git.transport import Limits, RemoteUrl
from gitsync.tests.gitserver import serving
from gitsync.tests.hostile import ADVERTISEMENT, answered, drip, flood, hang, raw_server
from kernel import connection_guard


def fail(url_or_host, **limits):
    """Fetch and fail; return the failure and the seconds that it took."""
    url = RemoteUrl("http", url_or_host, "/bob.git") if isinstance(url_or_host, str) else url_or_host
    folder, start = uuid.uuid4(), time.monotonic()
    with pytest.raises(TransportFailed) as failed, store.incoming(folder) as incoming:
        transport.fetch(url, {}, "", incoming.open, Limits(**limits))
    assert list(store.folders()) == []
    return failed.value, time.monotonic() - start


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (answered("404 Not Found"), Reason.NOT_FOUND),
        (answered("410 Gone"), Reason.NOT_FOUND),
        (answered("401 Unauthorized"), Reason.NO_ACCESS),
        (answered("403 Forbidden"), Reason.NO_ACCESS),
        (answered("500 Oops"), Reason.UNREACHABLE),
        (answered("429 Slow down"), Reason.UNREACHABLE),
        (answered("301 Moved\r\nLocation: https://elsewhere.example/bob.git/info/refs"), Reason.REDIRECTED),
        (answered("302 Found\r\nLocation: http://169.254.169.254/latest/"), Reason.REDIRECTED),
        (answered("307 Temporary"), Reason.REDIRECTED),
        (answered("200 OK\r\nContent-Type: text/html", b"<html>"), Reason.NOT_GIT),
        (answered("200 OK\r\nContent-Type: text/plain", b"abc\trefs/heads/main\n"), Reason.NOT_GIT),
        (answered(f"{ADVERTISEMENT}\r\nContent-Encoding: gzip", b"\x1f\x8b"), Reason.NOT_GIT),
        (answered(ADVERTISEMENT, b"garbage that is no packet line"), Reason.BROKEN),
        (answered(ADVERTISEMENT, b"001e# service=git-upload-pack\n"), Reason.BROKEN),
        (answered(ADVERTISEMENT, b""), Reason.BROKEN),
        (lambda connection, _stop: None, Reason.UNREACHABLE),
        (lambda connection, _stop: connection.sendall(b"\xff\xfe not http at all\r\n\r\n"), Reason.UNREACHABLE),
    ],
)
def test_an_unusual_answer_gives_one_reason(settings, answer, reason):
    with raw_server(answer) as host:
        settings.GIT_LOCAL_SERVERS = frozenset({host})
        failed, _seconds = fail(host)
    assert failed.reason == reason


def test_a_redirect_is_reported_without_its_secrets(settings):
    with raw_server(answered("301 Moved\r\nLocation: https://bob:secret@new.example/bob.git?token=x")) as host:
        settings.GIT_LOCAL_SERVERS = frozenset({host})
        failed, _seconds = fail(host)
    assert failed.detail == "to https://new.example/bob.git"


@pytest.mark.parametrize("server", [hang, drip])
def test_a_hanging_or_dripping_server_is_left_at_the_deadline(settings, server):
    with raw_server(server) as host:
        settings.GIT_LOCAL_SERVERS = frozenset({host})
        failed, seconds = fail(host, seconds=0.5)
    assert failed.reason == Reason.TIMEOUT
    assert seconds < 2


def test_a_flood_of_refs_ends_at_the_limit(settings):
    with raw_server(flood) as host:
        settings.GIT_LOCAL_SERVERS = frozenset({host})
        failed, seconds = fail(host, max_bytes=1_000_000, seconds=20)
    assert failed.reason == Reason.TOO_LARGE
    assert seconds < 5


def test_a_pack_over_the_limit_is_stopped(git_server):
    work = git_server.create("bob")
    work.commit("big", big=os.urandom(300_000))
    work.push()
    failed, _seconds = fail(git_server.host, max_bytes=100_000)
    assert failed.reason == Reason.TOO_LARGE


def test_too_many_branches_are_refused_before_the_pack(git_server):
    work = git_server.create("bob")
    work.commit("first")
    work.push("origin", *[f"HEAD:refs/heads/b{n}" for n in range(10)])
    git_server.requests.clear()
    failed, _seconds = fail(git_server.host, max_refs=9)
    assert failed.reason == Reason.TOO_MANY_REFS
    assert len(git_server.requests) == 2


def test_the_names_of_all_branches_are_limited_together(git_server, monkeypatch):
    work = git_server.create("bob")
    work.commit("first")
    work.push("origin", "HEAD:refs/heads/a", f"HEAD:refs/heads/{'b' * 200}")
    monkeypatch.setattr(transport, "REF_CHARACTERS", 200)
    assert fail(git_server.host)[0].reason == Reason.TOO_MANY_REFS


@pytest.mark.parametrize("cut", [0, 40, 400, -20, -1])
def test_a_truncated_pack_is_broken_and_leaves_nothing(git_server, cut):
    work = git_server.create("bob")
    work.commit("first", a="".join(f"{n}\n" for n in range(500)))
    work.push()
    git_server.cut_fetch_at = cut
    assert fail(git_server.host)[0].reason == Reason.BROKEN


def test_a_forged_pack_is_broken_and_leaves_nothing(git_server):
    work = git_server.create("bob")
    work.commit("first", a="x\n" * 500)
    work.push()
    git_server.corrupts_packs = True
    assert fail(git_server.host)[0].reason == Reason.BROKEN


def test_nothing_listening_is_unreachable(settings):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        host = f"127.0.0.1:{listener.getsockname()[1]}"
    settings.GIT_LOCAL_SERVERS = frozenset({host})
    assert fail(host)[0].reason == Reason.UNREACHABLE


def test_a_name_that_does_not_exist_is_unreachable():
    assert fail(RemoteUrl("https", "nowhere.invalid", "/a"))[0].reason == Reason.UNREACHABLE


def test_a_server_that_is_not_listed_is_refused_before_a_connection(git_server, settings):
    settings.GIT_LOCAL_SERVERS = frozenset()
    git_server.create("bob")
    assert fail(git_server.host)[0].reason == Reason.REFUSED_ADDRESS
    assert git_server.requests == []


@pytest.mark.parametrize(
    "ips",
    [["127.0.0.1"], ["10.0.0.1"], ["93.184.216.34", "192.168.1.1"], ["::1"], ["fe80::1"], ["::ffff:10.0.0.1"]],
)
def test_a_name_with_one_private_address_is_refused(monkeypatch, ips):
    answers = [(0, 0, 0, "", (ip, 443)) for ip in ips]
    monkeypatch.setattr(connection_guard.socket, "getaddrinfo", lambda *_, **__: answers)
    failed, _seconds = fail(RemoteUrl("https", "git.example.org", "/a"))
    assert failed.reason == Reason.REFUSED_ADDRESS


def test_the_connection_goes_to_the_checked_address(monkeypatch):
    answers = [[(0, 0, 0, "", ("93.184.216.34", 443))], [(0, 0, 0, "", ("127.0.0.1", 443))]]
    connected = []
    monkeypatch.setattr(connection_guard.socket, "getaddrinfo", lambda *_, **__: answers.pop(0))
    monkeypatch.setattr(
        connection_guard.socket,
        "create_connection",
        lambda place, timeout: connected.append(place) or (_ for _ in ()).throw(OSError),
    )
    assert fail(RemoteUrl("https", "git.example.org", "/a"))[0].reason == Reason.UNREACHABLE
    assert connected == [("93.184.216.34", 443)]


def test_proxy_variables_are_ignored(git_server, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    work = git_server.create("bob")
    work.commit("first")
    work.push()
    with store.incoming(uuid.uuid4()) as incoming:
        assert (
            transport.fetch(RemoteUrl("http", git_server.host, "/bob.git"), {}, "", incoming.open).head == work.head()
        )


@pytest.fixture
def tls_server(git_server, tmp_path, settings):
    """The Git server behind TLS as `localhost`, with an untrusted certificate.

    Yields (host, certificate, server names that clients sent).
    """
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = (
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    )
    subprocess.run([*command.split(), "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    names = []
    context.sni_callback = lambda _socket, name, _context: names.append(name)
    with serving(git_server.root, tls=context) as server:
        port = server.host.rpartition(":")[2]
        settings.GIT_LOCAL_SERVERS = frozenset({f"localhost:{port}", f"127.0.0.1:{port}"})
        yield f"localhost:{port}", certificate, names


def test_tls_is_spoken_to_the_name_and_its_certificate_is_checked(git_server, tls_server, monkeypatch):
    host, certificate, names = tls_server
    work = git_server.create("bob")
    sha = work.commit("first")
    work.push()
    failed, _seconds = fail(RemoteUrl("https", host, "/bob.git"))
    assert (failed.reason, failed.detail) == (Reason.UNREACHABLE, "its certificate is not valid")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with store.incoming(uuid.uuid4()) as incoming:
        assert transport.fetch(RemoteUrl("https", host, "/bob.git"), {}, "", incoming.open).head == sha
    assert set(names) == {"localhost"}
    failed, _seconds = fail(RemoteUrl("https", host.replace("localhost", "127.0.0.1"), "/bob.git"))
    assert failed.detail == "its certificate is not valid"  # trusted, but for another name


def test_a_server_that_stops_in_the_tls_handshake_is_left_at_the_deadline(settings):
    with raw_server(hang) as host:
        settings.GIT_LOCAL_SERVERS = frozenset({host})
        failed, seconds = fail(RemoteUrl("https", host, "/bob.git"), seconds=0.5)
    assert failed.reason == Reason.TIMEOUT
    assert seconds < 2
