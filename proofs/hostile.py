"""Addresses and servers that mean no good: `make proof NAME=hostile` prints a table of each and what became of it.

Addresses are sent over the wire (RegisterGitRepo) as a program would; names that lead inside are refused at the
contact, by the numbers that they resolve to. Servers that hang, drip, flood and send packs that are more than they
seem are read in a process each, whose time and peak memory are printed. The exit code is 1 when one was not refused,
with another reason, or took more than its bounds.
"""

import argparse
import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

from bench.support import instance
from proofs.support.hostile_servers import SERVERS

ADDRESSES = [
    *("https://127.0.0.1/a", "https://127.1/a", "https://2130706433/a", "https://0x7f000001/a", "https://0x7f.1/a"),
    *("https://0177.0.0.1/a", "https://017700000001/a", "https://0/a", "https://127.0.0.1./a", "https://①②⑦.0.0.1/a"),
    *("https://[::1]/a", "https://[0:0:0:0:0:0:0:1]/a", "https://[::ffff:127.0.0.1]/a", "https://[::127.0.0.1]/a"),
    *("https://localhost/a", "https://LOCALHOST./a", "https://a.localhost/a", "https://localhost.localdomain/a"),
    *("https://169.254.169.254/latest", "https://[fe80::1]/a", "https://[fe80::1%25eth0]/a", "https://[fd00::1]/a"),
    *("https://10.0.0.1/a", "https://172.16.0.1/a", "https://192.168.1.1/a", "https://100.64.0.1/a"),
    *("https://0.0.0.0/a", "https://255.255.255.255/a", "https://224.0.0.1/a", "https://8.8.8.8/a"),
    *("https://metadata.google.internal/a", "https://printer.local/a", "https://intranet/a", "https://nas.home/a"),
    *("http://github.com/a/b", "ftp://github.com/a/b", "git://github.com/a/b", "ssh://git@github.com/a/b"),
    *("git@github.com:a/b.git", "file:///etc/passwd", "/etc", "../x", "C:\\x", "ext::sh -c id", "fd::7"),
    *("--upload-pack=touch /tmp/x", "-oProxyCommand=x", "https://-oProxyCommand=x/a", "https://-x.example/a"),
    *("https://bob@github.com/a/b", "https://bob:secret@github.com/a/b", "https://github.com@127.0.0.1/a"),
    *(
        "https://github.com:22/a/b",
        "https://github.com:8443/a/b",
        "https://github.com:0/a",
        "https://github.com:99999/a",
    ),
    *(
        "https://github.com/a/../../b",
        "https://github.com/%2e%2e/b",
        "https://github.com/a%0ab",
        "https://github.com/a\\b",
    ),
    *("https://github.com/a/b?x=1", "https://github.com/a/b#x", "https://github.com/a\u202eb", "javascript:alert(1)"),
    *("data:text/plain,x", "https://", "https:///a", "//github.com/a", ""),
]
NAMES = {  # what a name resolves to -> the reason
    "loopback": ["127.0.0.1"],
    "loopback, another": ["127.8.8.8"],
    "this machine": ["0.0.0.0"],
    "private 10/8": ["10.0.0.1"],
    "private 172.16/12": ["172.31.255.1"],
    "private 192.168/16": ["192.168.1.1"],
    "carrier 100.64/10": ["100.64.0.1"],
    "link-local, metadata": ["169.254.169.254"],
    "multicast": ["224.0.0.1"],
    "broadcast": ["255.255.255.255"],
    "IPv6 loopback": ["::1"],
    "IPv6 link-local": ["fe80::1"],
    "IPv6 private": ["fd00::1"],
    "IPv4 in IPv6": ["::ffff:127.0.0.1"],
    "6to4": ["2002:7f00:1::"],
    "NAT64": ["64:ff9b::7f00:1"],
    "Teredo": ["2001:0:7f00:1::"],
    "one public, one private": ["93.184.216.34", "10.0.0.1"],
}
MEGABYTE = 2**20


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=5, help="the deadline of a contact; the product's is 180")
    parser.add_argument("--only", nargs="*", choices=SERVERS, default=list(SERVERS), help="these servers")
    parser.add_argument("--server", choices=SERVERS, help="read this one alone, and print what became of it as JSON")
    arguments = parser.parse_args()
    with instance.atelier(prepare=arguments.server is None) as here:
        if arguments.server:
            print(json.dumps(read_one(arguments.server, arguments.seconds)))
            return 0
        bad = [*addresses(here), *names(), *rebinding(), *servers(arguments.only, arguments.seconds)]
    print(f"VERDICT: {f'not contained: {bad}' if bad else 'all refused, all contained'}")
    return 1 if bad else 0


def addresses(here: Any) -> Iterator[str]:
    """Those that the wire took, or refused without saying of which field."""
    from django.test import Client

    from gitsync.models import Repository

    bearer = here.bearer("hostile", kind="service")
    client = Client(headers={"Authorization": f"Bearer {bearer}"}, SERVER_NAME="localhost")
    ids = {"teacherId": "t", "semesterId": "s", "courseId": "c", "studentId": "x", "repoPath": "/"}
    print("Addresses sent to /_git_api")
    for url in ADDRESSES:
        body = {"_C": "RegisterGitRepo", **ids, "repoUrl": url}
        answer = client.post("/_git_api", body, content_type="application/json")
        error = answer.json().get("error", {})
        print(f"  {answer.status_code}  {ascii(url)[1:-1] or '(nothing)':42} {error.get('message', 'TAKEN')}")
        if answer.status_code != 400 or error.get("field") != "repoUrl":
            yield url
    if Repository.objects.exists():
        yield "an address was kept"


def names() -> Iterator[str]:
    print("Names that lead inside, at the contact")
    for what, numbers in NAMES.items():
        connected: list[Any] = []
        outcome = contact(lambda *_a, numbers=numbers, **_k: found(numbers), connected)
        print(f"  {outcome:16} {what:24} {', '.join(numbers)}")
        if outcome != "refused_address" or connected:
            yield what


def rebinding() -> Iterator[str]:
    """A name that is public when it is checked and private when it is asked again."""
    answers, connected = [["93.184.216.34"], ["127.0.0.1"]], list[Any]()
    outcome = contact(lambda *_a, **_k: found(answers.pop(0) if answers else ["127.0.0.1"]), connected)
    print(f"  {outcome:16} {'changes in between':24} connected to {', '.join(number for number, _port in connected)}")
    if [number for number, _port in connected] != ["93.184.216.34"]:
        yield "a name that changes"


def found(numbers: list[str]) -> list[Any]:
    return [(0, 0, 0, "", (number, 443)) for number in numbers]


def contact(resolver: Callable[..., Any], connected: list[Any]) -> str:
    """Fetch from git.example.org with this resolver; connections are noted and fail."""
    from gitsync.git import store, transport
    from gitsync.git.failures import TransportFailed
    from kernel import connection_guard

    def connect(where: Any, **_options: Any) -> None:
        connected.append(where)
        raise OSError

    with (
        mock.patch.object(connection_guard.socket, "getaddrinfo", resolver),
        mock.patch.object(connection_guard.socket, "create_connection", connect),
        store.incoming(uuid.uuid4()) as incoming,
    ):
        try:
            transport.fetch(transport.RemoteUrl("https", "git.example.org", "/a"), {}, "", incoming.open)
        except TransportFailed as failed:
            return str(failed.reason)
    return "FETCHED"


# --- servers: how they answer, the reason, and how much memory above a quiet one --------------------------------------


MEMORY = 700  # MB above the process at rest; seconds: the deadline and the time to pass over 4 GB
PASS_SECONDS = 60.0


def servers(chosen: list[str], seconds: float) -> Iterator[str]:
    print(f"Servers, with a deadline of {seconds:g} s and a cap of 50 MB received")
    for name in chosen:
        reason = SERVERS[name][1]
        words = [sys.executable, "-m", "proofs.hostile", "--server", name, "--seconds", str(seconds)]
        said = subprocess.run(words, cwd=instance.ROOT, capture_output=True, text=True, check=False, timeout=300)
        if said.returncode:
            print(f"  {name}: {said.stderr[-500:]}")
            yield name
            continue
        became = json.loads(said.stdout.splitlines()[-1])
        print(
            f"  {became['reason']:12} {name:28} {became['seconds']:6.1f} s  "
            f"peak {became['peak']:5.0f} MB above {became['rest']:.0f} MB at rest; left on disk: {became['left']}"
        )
        slow = became["seconds"] > (seconds + 2 if reason in ("timeout", "redirected") else PASS_SECONDS)
        if became["reason"] != reason or slow or became["peak"] > MEMORY or became["left"]:
            yield name


def peak_megabytes() -> float:
    said = Path("/proc/self/status").read_text()
    return int(said.partition("VmHWM:")[2].split()[0]) / 1024


def read_one(name: str, seconds: float) -> dict[str, Any]:
    """Read that server in this process; the server itself is another, so that its memory is not ours."""
    from django.conf import settings

    from gitsync.git import store, transport
    from gitsync.git.failures import TransportFailed

    serve, _reason = SERVERS[name]
    receiving, sending = os.pipe()
    child = os.fork()
    if child == 0:
        with serve() as host:
            os.write(sending, host.encode())
            time.sleep(600)
    host = os.read(receiving, 100).decode()
    settings.GIT_LOCAL_SERVERS = frozenset({host})
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    rest = peak_megabytes()
    limits = transport.Limits(
        seconds=seconds if name in ("hangs", "drips a byte each 0.1 s") else 120, max_bytes=50_000_000
    )
    began, outcome = time.monotonic(), "TAKEN"
    try:
        with store.incoming(uuid.uuid4()) as incoming:
            transport.fetch(transport.RemoteUrl("http", host, "/a.git"), {}, "", incoming.open, limits)
    except TransportFailed as failed:
        outcome = str(failed.reason)
    finally:
        os.kill(child, 9)
        os.waitpid(child, 0)
    peak = peak_megabytes()
    took = time.monotonic() - began
    return {"reason": outcome, "seconds": took, "peak": peak - rest, "rest": rest, "left": len(list(store.folders()))}


if __name__ == "__main__":
    sys.exit(main())
