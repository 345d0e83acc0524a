"""Hostile repository addresses and Git servers are refused and do no harm.

Run it with `make proof NAME=hostile`; it prints a table. Addresses are sent over the wire (RegisterGitRepo), as a
program does. Host names of internal systems are refused before a connection, because of the IP addresses to which they
resolve. Servers hang, send very slowly, send without end, or send packs that become very large. Each of them is read in
a process of its own, whose time and peak memory are printed. The exit code is 1 when an address or a server was not
refused, was refused for another reason, or needed too much time or memory.
"""

import argparse
import json
import os
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

from bench.support import instance
from kernel.testing import child_processes
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
NAMES = {  # description -> the IP addresses to which a host name resolves
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
    parser.add_argument("--seconds", type=float, default=5, help="the time limit of a fetch; in the product it is 180")
    parser.add_argument("--only", nargs="*", choices=SERVERS, default=list(SERVERS), help="only these servers")
    parser.add_argument("--server", choices=SERVERS, help="fetch only from this server, and print the outcome as JSON")
    arguments = parser.parse_args()
    with instance.atelier(prepare=arguments.server is None) as atelier:
        if arguments.server:
            print(json.dumps(fetch_from(arguments.server, arguments.seconds)))
            return 0
        faults = [*check_addresses(atelier), *check_names(), *check_changed_name()]
        faults += check_servers(arguments.only, arguments.seconds)
    print(f"VERDICT: {f'not contained: {faults}' if faults else 'all refused, all contained'}")
    return 1 if faults else 0


def check_addresses(atelier: Any) -> Iterator[str]:
    """Send the addresses over the wire, and yield those that are not refused.

    The refusal must name the field `repoUrl`.
    """
    from django.test import Client

    from gitsync.models import Repository

    bearer = atelier.bearer("hostile", kind="service")
    client = Client(headers={"Authorization": f"Bearer {bearer}"}, SERVER_NAME="localhost")
    ids = {"teacherId": "t", "semesterId": "s", "courseId": "c", "studentId": "x", "repoPath": "/"}
    print("Addresses sent to /_git_api")
    for url in ADDRESSES:
        body = {"_C": "RegisterGitRepo", **ids, "repoUrl": url}
        response = client.post("/_git_api", body, content_type="application/json")
        error = response.json().get("error", {})
        print(f"  {response.status_code}  {ascii(url)[1:-1] or '(empty)':42} {error.get('message', 'ACCEPTED')}")
        if response.status_code != 400 or error.get("field") != "repoUrl":
            yield url
    if Repository.objects.exists():
        yield "an address was stored"


def check_names() -> Iterator[str]:
    """Fetch from host names that resolve to internal IP addresses.

    Yields those that are not refused, or refused only after a connection.
    """
    print("Host names of internal addresses, refused before a connection")
    for name, addresses in NAMES.items():
        connections: list[Any] = []
        outcome = fetch_with_resolver(lambda *_a, addresses=addresses, **_k: resolved(addresses), connections)
        print(f"  {outcome:16} {name:24} {', '.join(addresses)}")
        if outcome != "refused_address" or connections:
            yield name


def check_changed_name() -> Iterator[str]:
    """Fetch from a host name that resolves first to a public and then to a private address.

    The fetch must use the first address, which was checked.
    """
    results, connections = [["93.184.216.34"], ["127.0.0.1"]], list[Any]()
    outcome = fetch_with_resolver(lambda *_a, **_k: resolved(results.pop(0) if results else ["127.0.0.1"]), connections)
    print(f"  {outcome:16} {'changes in between':24} connected to {', '.join(host for host, _port in connections)}")
    if [host for host, _port in connections] != ["93.184.216.34"]:
        yield "a name that changes"


def resolved(addresses: list[str]) -> list[Any]:
    """Return these IP addresses in the format of socket.getaddrinfo."""
    return [(0, 0, 0, "", (address, 443)) for address in addresses]


def fetch_with_resolver(resolver: Callable[..., Any], connections: list[Any]) -> str:
    """Fetch from git.example.org with this resolver instead of getaddrinfo.

    Every connection fails, and its (host, port) is appended to `connections`. Returns the reason of the refusal.
    """
    from gitsync.git import store, transport
    from gitsync.git.failures import TransportFailed
    from kernel import connection_guard

    def connect(address: Any, **_options: Any) -> None:
        connections.append(address)
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


MAX_MEMORY = 700  # MB that a fetch may use
MAX_SECONDS = 60.0  # that a fetch may take before it is refused for its size


def check_servers(chosen: list[str], seconds: float) -> Iterator[str]:
    """Fetch from each of these hostile servers in a process of its own.

    Yields those that are not contained: not refused with the expected reason, or too slow, or with too much memory, or
    with folders left on the disk. `seconds` is the time limit of the fetch.
    """
    print(f"Servers, with a time limit of {seconds:g} s and a size limit of 50 MB")
    for name in chosen:
        reason = SERVERS[name][1]
        command = [sys.executable, "-m", "proofs.hostile", "--server", name, "--seconds", str(seconds)]
        ended = child_processes.run(command, cwd=instance.ROOT, capture_output=True, text=True, timeout=300)
        if ended.returncode:
            print(f"  {name}: {ended.stderr[-500:]}")
            yield name
            continue
        outcome = json.loads(ended.stdout.splitlines()[-1])
        print(
            f"  {outcome['reason']:12} {name:28} {outcome['seconds']:6.1f} s  "
            f"peak {outcome['peak']:5.0f} MB above {outcome['rest']:.0f} MB before it; folders left: {outcome['left']}"
        )
        slow = outcome["seconds"] > (seconds + 2 if reason in ("timeout", "redirected") else MAX_SECONDS)
        if outcome["reason"] != reason or slow or outcome["peak"] > MAX_MEMORY or outcome["left"]:
            yield name


def peak_megabytes() -> float:
    """Return the peak memory of this process in MB."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def fetch_from(name: str, seconds: float) -> dict[str, Any]:
    """Fetch from this server in this process, and return the outcome.

    The server is another process, so that its memory is not counted. The keys are `reason` of the refusal, `seconds`,
    `peak` (MB above `rest`, the memory before) and `left`, the number of folders that remain. `seconds` is the time
    limit.
    """
    from django.conf import settings

    from gitsync.git import store, transport
    from gitsync.git.failures import TransportFailed

    serve, _reason = SERVERS[name]
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        with serve() as host:
            os.write(write_end, host.encode())
            time.sleep(600)
    child_processes.watch(child)
    host = os.read(read_end, 100).decode()
    settings.GIT_LOCAL_SERVERS = frozenset({host})
    Path("/proc/self/clear_refs").write_text("5")  # resets the peak
    rest = peak_megabytes()
    limits = transport.Limits(
        seconds=seconds if name in ("hangs", "drips a byte each 0.1 s") else 120, max_bytes=50_000_000
    )
    began, outcome = time.monotonic(), "ACCEPTED"
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
