"""NEMO, a reservation system of laboratories, installed from PyPI and served as Atelier is.

    with nemo.prepared(database_url, people=2, tools=1, each=1) as peer, peer.served() as (url, server):
        peer.data["sessions"]

It has its own virtual environment in `.venv/nemo`, which the first run makes, and settings of our own writing.
"""

import contextlib
import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.peers.environment import python_with
from bench.support import instance, servers
from bench.support.servers import Started
from kernel.testing import child_processes
from kernel.testing.ports import free_port

FOLDER = Path(__file__).resolve().parent
LOCK = FOLDER / "nemo.txt"


@dataclass
class Peer:
    """NEMO with what nemo_data.py has put into it. `python` and `variables` are those of its processes."""

    python: str
    home: Path
    variables: dict[str, str]
    data: dict[str, Any]

    @contextlib.contextmanager
    def served(self) -> Iterator[tuple[str, Started]]:
        """Serve it with the options of Atelier's web server, and yield its address once a page has been answered."""
        port = free_port()
        command = [self.python, "-m", "granian", "--interface", "wsgi", "NEMO.wsgi:application", "--no-ws"]
        command += ["--host", "127.0.0.1", "--port", str(port), *instance.WSGI]
        url, log = f"http://127.0.0.1:{port}", self.home / f"server-{port}.log"
        with servers.started(command, f"{url}/login/", cwd=self.home, variables=self.variables, log=log) as server:
            yield url, server


@contextlib.contextmanager
def prepared(database: str, *, people: int, tools: int, each: int, past: int = 0) -> Iterator[Peer]:
    """Fill an empty database.

    `database` is a URL of MariaDB on a socket. The counts are those of nemo_data.py.
    """
    python = str(python_with("nemo", LOCK))
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
        yield Peer(python, Path(home), variables, data)


def _run(command: list[str], folder: str, variables: dict[str, str]) -> str:
    """Run a command of NEMO and return its output. Raises CalledProcessError when it fails."""
    return subprocess.run(command, cwd=folder, env=variables, check=True, stdout=subprocess.PIPE, text=True).stdout
