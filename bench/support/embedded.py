"""A running `manage.py up` on SQLite, as `make run` starts it, of this version of Atelier or of an earlier one."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from bench.support.http_calls import HttpClient
from kernel.testing import child_processes
from kernel.testing.ports import free_port

SETTLE = 4.0  # seconds after the first answer, in which the workers start
ROWS = Path(__file__).with_name("writers_rows.py")


class Embedded(NamedTuple):
    """`rows` are those of writers_rows.py."""

    url: str
    database: Path
    rows: dict[str, list[Any]]


@contextlib.contextmanager
def embedded(root: Path, people: int, machines: int) -> Iterator[Embedded]:
    """Start the Atelier whose code is in `root` with an empty school, and yield it with these people and machines.

    All its processes end afterwards, and when this process is killed.
    """
    with child_processes.temporary_folder("atelier-writers-") as name:
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        variables = {key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "REDIS_URL")} | {
            "ATELIER_HOME": name, "DEMO": "0", "PORT": str(port), "PUBLIC_URL": url, "PYTHONPATH": str(root),
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }  # fmt: skip
        with Path(name, "up.log").open("wb") as log:
            command = [sys.executable, "manage.py", "up"]
            process = child_processes.start(command, cwd=root, env=variables, stdout=log, stderr=log)
        try:
            _wait_for(url, process, Path(name, "up.log"))
            command = [sys.executable, str(ROWS), str(people), str(machines)]
            result = subprocess.run(command, cwd=root, env=variables, check=True, stdout=subprocess.PIPE, text=True)
            time.sleep(SETTLE)
            yield Embedded(url, Path(name, "atelier.sqlite3"), json.loads(result.stdout.splitlines()[-1]))
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(20)


def _wait_for(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    last = time.monotonic() + 90
    while HttpClient(url, timeout=5).request("alive", "GET", "/livez").status != 200:
        if process.poll() is not None or time.monotonic() > last:
            raise RuntimeError(log.read_text(errors="replace"))
        time.sleep(0.1)
