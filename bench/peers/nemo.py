"""NEMO, a reservation system of laboratories, installed from PyPI and served as Atelier is.

    with nemo.running(database_url) as peer:
        peer.url, peer.data["sessions"]

It has its own virtual environment in `.venv/nemo`, which the first run makes, and settings of our own writing.
"""

import contextlib
import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.support import instance
from kernel.testing import child_processes
from kernel.testing.ports import free_port

FOLDER = Path(__file__).resolve().parent
LOCK = FOLDER / "nemo.txt"
HOME = instance.ROOT / ".venv" / "nemo"


@dataclass
class Peer:
    """A running NEMO: its address, its main process, and what nemo_data.py has put into it."""

    url: str
    pid: int
    data: dict[str, Any]


@contextlib.contextmanager
def running(database: str, *, people: int, tools: int, each: int, past: int = 0) -> Iterator[Peer]:
    """Fill an empty database and serve it with the options of Atelier's web server.

    `database` is a URL of MariaDB on a socket. The counts are those of nemo_data.py.
    """
    python = _python()
    with child_processes.temporary_folder("atelier-nemo-") as home:
        variables = {
            "NEMO_HOME": home,
            "NEMO_DATABASE": database,
            "DJANGO_SETTINGS_MODULE": "nemo_settings",
            "PYTHONPATH": str(FOLDER),
            "PATH": os.environ["PATH"],
        }
        _run([python, "-m", "django", "migrate", "--run-syncdb", "-v0"], home, variables)
        counts = [str(count) for count in (people, tools, each, past)]
        data = json.loads(_run([python, str(FOLDER / "nemo_data.py"), *counts], home, variables).splitlines()[-1])
        port, log = free_port(), Path(home, "server.log")
        command = [python, "-m", "granian", "--interface", "wsgi", "NEMO.wsgi:application", "--host", "127.0.0.1"]
        with _served([*command, "--port", str(port), "--no-ws", *instance.WSGI], home, variables, log) as pid:
            url = f"http://127.0.0.1:{port}"
            _wait(f"{url}/login/", log)
            yield Peer(url, pid, data)


@contextlib.contextmanager
def _served(command: list[str], folder: str, variables: dict[str, str], log: Path) -> Iterator[int]:
    """Run a server and yield its pid."""
    with log.open("wb") as out:
        process = child_processes.start(command, cwd=folder, env=variables, stdout=out, stderr=out)
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait(20)


def _wait(url: str, log: Path) -> None:
    """Wait until the server answers at this address. Raises TimeoutError after a minute."""
    last = time.monotonic() + 60
    while time.monotonic() < last:
        with contextlib.suppress(OSError):
            urllib.request.urlopen(url, timeout=10)
            return
        time.sleep(0.05)
    raise TimeoutError(log.read_text(errors="replace"))


def _python() -> str:
    """Return the Python of NEMO's virtual environment, which is made anew when its lock file has changed."""
    python, stamp = HOME / "bin" / "python", HOME / "installed.txt"
    if not stamp.exists() or stamp.read_text() != LOCK.read_text():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(HOME)], check=True)
        command = [str(python), "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--quiet"]
        subprocess.run([*command, "--require-hashes", "--requirement", str(LOCK)], check=True)
        stamp.write_text(LOCK.read_text())
    return str(python)


def _run(command: list[str], folder: str, variables: dict[str, str]) -> str:
    """Run a command of NEMO and return its output. Raises CalledProcessError when it fails."""
    return subprocess.run(command, cwd=folder, env=variables, check=True, stdout=subprocess.PIPE, text=True).stdout
