"""Which IP addresses an outgoing connection may go to."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from kernel import connection_guard
from kernel.connection_guard import ContactFailed, Fault, Guard


@pytest.mark.parametrize(
    ("ip", "public"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("0.0.0.0", False),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.0.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::", False),
        ("::1", False),
        ("::7f00:1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:8.8.8.8", False),
        ("2002:7f00:1::", False),
        ("2001:0:7f00:1::", False),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b::808:808", True),
        ("fe80::1", False),
        ("fe80::1%eth0", False),
        ("fc00::1", False),
        ("ff02::1", False),
        ("fec0::1", False),  # site-local, withdrawn
        ("feff::1", False),
        ("192.0.0.1", False),  # protocol assignments
        ("192.0.0.9", False),
        ("192.0.0.255", False),
        ("192.0.1.1", True),
        ("192.88.99.1", False),  # relays from 6to4
        ("192.88.98.1", True),
        ("64:ff9b::c058:6301", False),
        ("64:ff9b:1::808:808", False),
        ("2001:20::1", False),
        ("2001:db8::1", False),
        ("3fff::1", False),
        ("5f00::1", False),
        ("100::1", False),
        ("4000::1", False),
        ("2001:4860:4860::8888", True),
        ("not a number", False),
    ],
)
def test_which_ip_addresses_are_public(ip, public):
    assert connection_guard.is_public(ip) is public


@pytest.fixture
def two_servers():
    """Two servers on one port of 127.0.0.1 and 127.0.0.2, which close every connection; yields (port, their hits)."""
    hits = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            hits.append(self.server.server_address[0])
            self.send_response(200)
            self.send_header("Connection", "close")
            self.end_headers()

        def log_message(self, *arguments):
            pass

    first = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    second = ThreadingHTTPServer(("127.0.0.2", first.server_port), Handler)
    for server in (first, second):
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    yield first.server_port, hits
    for server in (first, second):
        server.shutdown()
        server.server_close()


def changing_name(monkeypatch, *answers):
    """Stand in for DNS: each question gets the next answer. Return the questions."""
    questions = []

    def getaddrinfo(name, port, **_options):
        questions.append(name)
        return [(0, 0, 0, "", (answers[min(len(questions), len(answers)) - 1], port))]

    monkeypatch.setattr(connection_guard.socket, "getaddrinfo", getaddrinfo)
    return questions


def test_a_name_that_changes_its_address_during_a_contact_keeps_the_first(two_servers, monkeypatch, settings):
    port, hits = two_servers
    settings.GIT_LOCAL_SERVERS = frozenset({f"rebinding.example:{port}"})
    # Connections resolve their IP address as well. The resolver of the machine is not asked for the name again.
    questions = changing_name(monkeypatch, "127.0.0.1", "127.0.0.2")
    monkeypatch.setattr(connection_guard.socket, "create_connection", _connect)
    with Guard(seconds=5, max_bytes=1000) as guard:
        pool = guard.pool()
        for _request in range(3):
            pool.request("GET", f"http://rebinding.example:{port}/")
    assert (hits, questions) == (["127.0.0.1"] * 3, ["rebinding.example"])


def _connect(place, timeout):
    """Connect to an IP address without any resolver."""
    handle = connection_guard.socket.socket()
    handle.settimeout(timeout)
    handle.connect(place)
    return handle


def test_a_name_is_checked_again_at_the_next_contact(two_servers, monkeypatch):
    port, hits = two_servers
    changing_name(monkeypatch, "93.184.216.34", "127.0.0.1")
    monkeypatch.setattr(connection_guard.socket, "create_connection", lambda *_, **__: (_ for _ in ()).throw(OSError))
    for fault in (Fault.UNREACHABLE, Fault.REFUSED_ADDRESS):
        with Guard(seconds=5, max_bytes=1000) as guard, pytest.raises(ContactFailed) as failed:
            guard.connect("rebinding.example", port)
        assert failed.value.fault == fault
    assert hits == []
