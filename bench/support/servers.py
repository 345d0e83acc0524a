"""Starts a program of any kind, waits for its first page, and measures the memory of all its processes. Linux only.

with servers.started([...], "http://127.0.0.1:8000/", cwd=folder) as server:
    server.seconds, servers.memory([server.pid]).megabytes
"""

import contextlib
import http.client
import os
import re
import signal
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kernel.testing import child_processes

LIMIT = 120.0  # seconds for a first page


@dataclass(frozen=True)
class Started:
    """A running program. `seconds` went by from its start to its first page, `log` has what it wrote."""

    pid: int
    seconds: float
    log: Path


@dataclass(frozen=True)
class Memory:
    """The memory of several processes. Each page of memory that they share is counted once."""

    megabytes: float
    processes: int


@contextlib.contextmanager
def started(
    command: Sequence[str], url: str, *, cwd: Path, variables: Mapping[str, str], log: Path
) -> Iterator[Started]:
    """Start a program, wait until `url` answers with 200, and yield it. It is killed afterwards.

    An empty `url` is not waited for. Raises RuntimeError with the log when no page comes.
    """
    with log.open("wb") as out:
        began = time.monotonic()
        nowhere = subprocess.DEVNULL
        process = child_processes.start(command, cwd=cwd, env=dict(variables), stdin=nowhere, stdout=out, stderr=out)
    try:
        while url and not _answers(url):
            if process.poll() is not None or time.monotonic() > began + LIMIT:
                raise RuntimeError(f"no page:\n{log.read_text(errors='replace')[-4000:]}")
            time.sleep(0.01)
        yield Started(process.pid, time.monotonic() - began, log)
    finally:
        _end(process)


def memory(pids: Sequence[int]) -> Memory:
    """Return the memory of these processes and of all their descendants."""
    shares = [_share(pid) for pid in _with_descendants(pids)]
    return Memory(sum(shares) / 1024, len(shares))


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=10) as page:
            return int(page.status) == 200
    except (OSError, http.client.HTTPException):
        return False


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill the program and all its processes: not every server ends those that it has started."""
    for pid in _with_descendants([process.pid]):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.wait()


def _with_descendants(pids: Sequence[int]) -> list[int]:
    found = []
    for pid in pids:
        found.append(pid)
        with contextlib.suppress(OSError):  # it has ended
            for thread in Path(f"/proc/{pid}/task").iterdir():
                found += _with_descendants([int(child) for child in (thread / "children").read_text().split()])
    return found


def _share(pid: int) -> int:
    """Return the memory of a process in kB, with its share of what it shares (man 5 proc, Pss)."""
    try:
        match = re.search(r"^Pss:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
    except OSError:
        return 0
    return int(match[1]) if match else 0


def clean_environment(**variables: str) -> dict[str, str]:
    """Return an environment without the settings of this process."""
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")}
    return kept | variables
