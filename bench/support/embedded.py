"""`manage.py up` on SQLite, as `make run` starts it, of this version of Atelier or of an earlier one."""

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from bench.support import servers
from kernel.testing import child_processes
from kernel.testing.ports import free_port

SETTLE = 4.0  # seconds after the first page, in which the workers start
ROWS = Path(__file__).with_name("writers_rows.py")


class Embedded(NamedTuple):
    """`rows` are those of writers_rows.py."""

    url: str
    database: Path
    rows: dict[str, list[Any]]


def up(
    root: Path, home: Path, *, demo: bool = False, port: int | None = None, python: str = sys.executable
) -> contextlib.AbstractContextManager[servers.Started]:
    """Start the Atelier whose code is in `root` on the data folder `home`, and wait for its first page.

    `demo` adds the demonstration school. Without `port` it takes a free one. `python` runs it.
    """
    port = port or free_port()
    variables = servers.clean_environment(ATELIER_HOME=str(home), PORT=str(port), DEMO=str(int(demo)))
    command = [python, "manage.py", "up"]
    url = f"http://127.0.0.1:{port}/sign-in/"
    return servers.started(command, url, cwd=root, variables=variables, log=home.with_suffix(".log"))


@contextlib.contextmanager
def with_people(root: Path, people: int, machines: int) -> Iterator[Embedded]:
    """Start the Atelier whose code is in `root` with an empty school, and yield it with these people and machines."""
    with child_processes.temporary_folder("atelier-writers-") as name:
        home, port = Path(name, "home"), free_port()
        with up(root, home, port=port):
            settings = {"ATELIER_HOME": str(home), "DJANGO_SETTINGS_MODULE": "config.settings", "PYTHONPATH": str(root)}
            command = [sys.executable, str(ROWS), str(people), str(machines)]
            variables = servers.clean_environment(**settings)
            result = subprocess.run(command, cwd=root, env=variables, check=True, stdout=subprocess.PIPE, text=True)
            time.sleep(SETTLE)
            rows = json.loads(result.stdout.splitlines()[-1])
            yield Embedded(f"http://127.0.0.1:{port}", home / "atelier.sqlite3", rows)
