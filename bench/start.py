#!/usr/bin/env python3
"""How long a start takes until the first page, and how much memory all processes take, in both set-ups.

Embedded is `manage.py up` on the data folder of an earlier start, with the demonstration school. Production is each
service of docker-compose.yml that runs Atelier, on MariaDB and Redis, whose own memory is not counted. Both are
measured beside version 0.2.0, which starts in turn.
"""

import contextlib
import os
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import yaml

from bench.support import earlier, figures, instance, servers
from bench.support.figures import Figure
from bench.support.servers import Memory, Started
from kernel.testing import child_processes
from kernel.testing.ports import free_port

BIN = Path(sys.executable).parent
STARTS = 3
REST = 5.0  # seconds after the start before the memory is measured: workers read what the demonstration pushed
# Times version 0.2.0: NEMO's start took 0.69 times as long as its `manage.py up`. A service alone shares no memory.
EMBEDDED_BAR, PRODUCTION_BAR = 0.7, 1.0
MEMORY_BAR = 450  # MB


def measure(atelier: instance.Atelier) -> list[Figure]:
    with earlier.checkout() as root:
        roots = [instance.ROOT, root]
        return [*embedded(roots), *production(atelier, roots)]


def embedded(roots: list[Path]) -> list[Figure]:
    """Measure `manage.py up` with the code of each root, ours first."""
    with child_processes.temporary_folder("atelier-start-") as name:
        homes = [Path(name, str(number)) for number in range(len(roots))]
        sizes = []
        for root, home in zip(roots, homes, strict=True):
            with up(root, home) as server:
                _wait_for_demo(server)
                time.sleep(REST)
                sizes.append(servers.memory([server.pid]))
        seconds = _seconds_in_turn([lambda r=root, h=home: up(r, h) for root, home in zip(roots, homes, strict=True)])
    return [
        _start_figure("embedded: start to the first page", seconds, EMBEDDED_BAR),
        _memory_figure("embedded: memory after the demonstration", sizes, f"<= {MEMORY_BAR} MB", MEMORY_BAR),
    ]


def production(atelier: instance.Atelier, roots: list[Path]) -> list[Figure]:
    """Measure the web service, and the memory of all services, with the code of each root."""
    with instance.broker() as redis:
        # 0.2.0 gets a database of its own, with its tables.
        variables = [_variables(atelier.variables, redis), _variables(_older(atelier, roots[1], redis), redis)]
        seconds = _seconds_in_turn(
            [lambda r=root, v=values: service("web", r, v) for root, values in zip(roots, variables, strict=True)]
        )
        sizes = [_memory_of_services(root, values) for root, values in zip(roots, variables, strict=True)]
    return [
        _start_figure("production: start of the web service to its first page", seconds, PRODUCTION_BAR),
        _memory_figure("production: memory of all services of Atelier", sizes, "stated", float("inf")),
    ]


def up(root: Path, home: Path, demo: str = "1") -> contextlib.AbstractContextManager[Started]:
    port = free_port()
    variables = servers.clean_environment(ATELIER_HOME=str(home), PORT=str(port), DEMO=demo)
    command = [sys.executable, "manage.py", "up"]
    url = f"http://127.0.0.1:{port}/sign-in/"
    return servers.started(command, url, cwd=root, variables=variables, log=home.with_suffix(".log"))


def service(name: str, root: Path, variables: dict[str, str]) -> contextlib.AbstractContextManager[Started]:
    """Start a service of docker-compose.yml on free ports. Only the web service is waited for."""
    port = free_port()
    command = [word.replace("/data/", f"{variables['ATELIER_HOME']}/") for word in services_of(root)[name]]
    command = [str(port) if word in ("8000", "8001") else word for word in command]
    url = f"http://127.0.0.1:{port}/sign-in/" if name == "web" else ""
    log = Path(variables["ATELIER_HOME"], f"{name}.log")
    command[0] = str(BIN / command[0])
    variables = variables | {"PYTHONPATH": str(root)}  # as in the image
    return servers.started(command, url, cwd=root, variables=variables, log=log)


def services_of(root: Path) -> dict[str, list[str]]:
    """Return the command of each service that runs Atelier all the time."""
    services = yaml.safe_load((root / "docker-compose.yml").read_text())["services"]
    return {
        name: values["command"]
        for name, values in services.items()
        if values["image"].startswith("atelier:") and name != "migrate"
    }


def _wait_for_demo(server: Started) -> None:
    while "ready in" not in server.log.read_text(errors="replace"):
        time.sleep(0.1)


def _seconds_in_turn(starts: list) -> list[float]:
    """Start each of them STARTS times, in turn, and return the median of each in seconds."""
    seconds: list[list[float]] = [[] for _ in starts]
    for _ in range(STARTS):
        for values, start in zip(seconds, starts, strict=True):
            with start() as server:
                values.append(server.seconds)
    return [statistics.median(values) for values in seconds]


def _variables(own: dict[str, str], redis: str) -> dict[str, str]:
    return servers.clean_environment(DATABASE_URL=os.environ["DATABASE_URL"], REDIS_URL=redis) | own


@contextlib.contextmanager
def _running(root: Path, variables: dict[str, str]) -> Iterator[list[int]]:
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(service(name, root, variables)).pid for name in services_of(root)]


def _memory_of_services(root: Path, variables: dict[str, str]) -> Memory:
    with _running(root, variables) as pids:
        time.sleep(REST)
        return servers.memory(pids)


def _older(atelier: instance.Atelier, root: Path, redis: str) -> dict[str, str]:
    """Prepare a data folder and an empty database for the code in `root`, and return its variables."""
    home = atelier.home / "older"
    home.mkdir()
    own = {"ATELIER_HOME": str(home), "DATABASE_URL": earlier.empty_database(os.environ["DATABASE_URL"], "earlier")}
    command = [sys.executable, "manage.py", "prepare"]
    log = home / "prepare.log"
    with servers.started(command, "", cwd=root, variables=_variables(own, redis), log=log) as preparing:
        os.waitid(os.P_PID, preparing.pid, os.WEXITED | os.WNOWAIT)
    return own


def _start_figure(what: str, seconds: list[float], bar: float) -> Figure:
    ours, older = seconds
    ratio = ours / older
    value, peer = f"{ours:.1f} s", f"{older:.1f} s with version 0.2.0"
    return Figure(what, value, peer, f"{ratio:.2f}x", f"<= {bar}x", ratio <= bar)


def _memory_figure(what: str, sizes: list[Memory], bar: str, most: float) -> Figure:
    ours, older = sizes
    value = f"{ours.megabytes:.0f} MB in {ours.processes} processes"
    peer = f"{older.megabytes:.0f} MB in {older.processes} with version 0.2.0"
    return Figure(what, value, peer, f"{ours.megabytes / older.megabytes:.2f}x", bar, ours.megabytes <= most)


if __name__ == "__main__":
    sys.exit(figures.main(measure))
