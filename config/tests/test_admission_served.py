"""A real server under bodies that never end, callers who leave and many wrong passwords at once: it still answers."""

import contextlib
import json
import select
import socket
import threading
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from config import admission, header_limits

pytestmark = [pytest.mark.processes, pytest.mark.database, pytest.mark.django_db(transaction=True)]
HALF_SENT, SIGN_INS = 300, 40
LEAVING, STAYING = 24, 24  # callers


def connect(site, address="127.0.0.1"):
    """Connect to the site from this address; each in 127.0.0.0/8 is one of this machine."""
    host, _, port = site.url.removeprefix("http://").rpartition(":")
    connection = socket.create_connection((host, int(port)), 10, source_address=(address, 0))
    connection.settimeout(20)
    return connection


def seconds_of_livez(site):
    began = time.monotonic()
    with urllib.request.urlopen(f"{site.url}/livez", timeout=60) as answer:
        assert answer.status == 200
    return time.monotonic() - began


def post(site, path, fields):
    body = json.dumps(fields).encode()
    request = urllib.request.Request(f"{site.url}{path}", body, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def test_an_endless_chunked_body_to_livez_is_refused_and_closed(site):
    with connect(site) as sender:
        sender.sendall(b"POST /livez HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
        chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
        sent = 0
        with contextlib.suppress(OSError):  # a reset or a broken pipe
            while sent < 400_000_000:
                sender.sendall(chunk)
                sent += len(chunk)
        assert sent < admission.DRAINED + 10_000_000


def test_the_answer_to_a_body_over_the_limit_can_be_read(site):
    body = b"x" * 1_000_001
    with connect(site) as sender:
        head = f"POST /_git_api HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n"
        sender.sendall(head.encode() + body)
        answer = b""
        while part := sender.recv(65536):
            answer += part
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b'"too_large"' in answer


def test_300_half_sent_bodies_do_not_stop_the_server(site):
    senders = [connect(site) for _ in range(HALF_SENT)]
    try:
        for sender in senders:
            sender.sendall(
                b"POST /_git_api HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900000\r\n\r\n" + b"x" * 50_000
            )
        assert seconds_of_livez(site) < 5
        with urllib.request.urlopen(f"{site.url}/sign-in/", timeout=20) as page:
            assert page.status == 200
    finally:
        for sender in senders:
            sender.close()


def test_many_large_bodies_of_one_address_take_little_disk_and_hold_up_no_small_hook(site):
    before = _bytes_of_open_files(site)
    senders = [connect(site, "127.0.0.9") for _ in range(30)]
    try:
        for sender in senders:
            sender.setblocking(False)
            sender.sendall(b"POST /_git_hook HTTP/1.1\r\nHost: localhost\r\nContent-Length: 25000000\r\n\r\n")
        _send(3_000_000, senders)
        stored = _bytes_of_open_files(site) - before
        assert 2_000_000 < stored < 8_000_000  # two of them are stored
        with connect(site, "127.0.0.9") as small:
            began = time.monotonic()
            small.sendall(b"POST /_git_hook HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}")
            assert small.recv(100).startswith(b"HTTP/1.1 400 ")
            assert time.monotonic() - began < 3
    finally:
        for sender in senders:
            sender.close()


def test_half_sent_headers_are_closed_and_a_browser_is_served_meanwhile(site):
    senders = [connect(site, "127.0.0.10") for _ in range(300)]
    try:
        for sender in senders:
            sender.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
        time.sleep(header_limits.PATIENCE + 0.5)
        assert seconds_of_livez(site) < 5
        with connect(site, "127.0.0.10") as other:
            other.sendall(b"GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            assert other.recv(100).startswith(b"HTTP/1.1 200 ")
        closed = [sender for sender in senders if _is_readable(sender)]
        assert 0 <= len(closed) - (300 - header_limits.PER_CALLER) <= 1  # the other one closed one, too
    finally:
        for sender in senders:
            sender.close()


def test_callers_who_leave_before_the_answer_do_not_delay_the_others(site):
    """They send more than is answered, while others keep the server busy."""
    done = threading.Event()
    hook = b"POST /_git_hook HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}"

    def leave():
        while not done.is_set():
            with connect(site) as caller:
                caller.sendall(hook)
                done.wait(0.05)

    def stay():
        while not done.is_set():
            # An address has few places for bodies: after some seconds without one, the server refuses and hangs up.
            with connect(site) as caller, contextlib.suppress(ConnectionError):
                while not done.is_set() and caller.sendall(hook) is None and caller.recv(65_536):
                    pass

    with ThreadPoolExecutor(LEAVING + STAYING) as pool:
        callers = [pool.submit(leave) for _ in range(LEAVING)] + [pool.submit(stay) for _ in range(STAYING)]
        time.sleep(8)
        slowest = max(seconds_of_livez(site) for _ in range(3))
        done.set()
        for caller in callers:
            caller.result()
    assert slowest < 5


def test_40_wrong_passwords_at_once_do_not_stop_the_pages(site, alice):
    with ThreadPoolExecutor(SIGN_INS) as pool:
        answers = [
            pool.submit(post, site, "/api/v1/token/", {"username": f"nobody{number}", "password": "wrong"})
            for number in range(SIGN_INS)
        ]
        slowest = max(seconds_of_livez(site) for _ in range(10))
        statuses = {answer.result() for answer in answers}
    assert slowest < 10
    assert statuses <= {401, 429, 503}


def test_many_passwords_at_once_take_the_memory_of_few(site):
    """A hash holds 100 MB while it is computed."""
    pid = _pid(site)
    before, most, done = _memory(pid), [0], threading.Event()

    def watch():
        while not done.wait(0.01):
            most[0] = max(most[0], _memory(pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    with ThreadPoolExecutor(20) as pool:
        list(pool.map(lambda n: post(site, "/api/v1/token/", {"username": f"n{n}", "password": "x"}), range(20)))
    done.set()
    watcher.join()
    assert most[0] - before < 350_000_000


def _send(size, senders):
    """Send this number of bytes of each body, or what the server takes of them in two seconds."""
    left = dict.fromkeys(senders, size)
    last = time.monotonic() + 2
    while time.monotonic() < last:
        for sender in senders:
            with contextlib.suppress(BlockingIOError):
                left[sender] -= sender.send(b"x" * min(left[sender], 65_536))
        time.sleep(0.01)


def _is_readable(connection):
    return bool(select.select([connection], [], [], 0)[0])


def _pid(site):
    return next(int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit() and _serves(entry, site))


def _bytes_of_open_files(site):
    """Return the size of the deleted files that the server holds open: bodies that arrive."""
    sizes = 0
    for descriptor in Path(f"/proc/{_pid(site)}/fd").iterdir():
        with contextlib.suppress(OSError):
            if str(descriptor.readlink()).endswith("(deleted)"):
                sizes += descriptor.stat().st_size
    return sizes


def _serves(entry, site):
    try:
        command = (entry / "cmdline").read_bytes()
        environment = (entry / "environ").read_bytes()
    except OSError:
        return False
    return b"uvicorn" in command and f"PUBLIC_URL={site.url}\0".encode() in environment + b"\0"


def _memory(pid):
    """Return the resident bytes of a process."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096
