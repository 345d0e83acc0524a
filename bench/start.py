#!/usr/bin/env python3
"""How long a start takes until the first page, and how much memory all processes take, in both set-ups.

Embedded is `manage.py up` on the data folder of an earlier start, with the demonstration school. Production is each
service of docker-compose.yml that runs Atelier, on MariaDB and Redis, whose own memory is not counted. Both are
measured beside version 0.2.0, which starts in turn. bench/nemo.py measures the starts beside NEMO.
"""

import contextlib
import os
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from bench.support import earlier, embedded, figures, instance, servers
from bench.support.compose_services import service, services_of
from bench.support.figures import Figure
from bench.support.servers import Memory, Started
from kernel.testing import child_processes

STARTS = 3
REST = 5.0  # seconds after the start before the memory is measured: workers read what the demonstration pushed
MEMORY_BAR = 450  # MB


def measure(atelier: instance.Atelier) -> list[Figure]:
    with earlier.checkout() as root:
        roots = [instance.ROOT, root]
        return [*measure_embedded(roots), *measure_production(atelier, roots)]


def measure_embedded(roots: list[Path]) -> list[Figure]:
    """Measure `manage.py up` with the code of each root, ours first."""
    with child_processes.temporary_folder("atelier-start-") as name:
        homes = [Path(name, str(number)) for number in range(len(roots))]
        sizes = []
        for root, home in zip(roots, homes, strict=True):
            with embedded.up(root, home, demo=True) as server:
                _wait_for_demo(server)
                time.sleep(REST)
                sizes.append(servers.memory([server.pid]))
        seconds = _seconds_in_turn(
            [lambda r=root, h=home: embedded.up(r, h, demo=True) for root, home in zip(roots, homes, strict=True)]
        )
    return [
        _start_figure("embedded: start to the first page", seconds),
        _memory_figure("embedded: memory after the demonstration", sizes, f"<= {MEMORY_BAR} MB", MEMORY_BAR),
    ]


def measure_production(atelier: instance.Atelier, roots: list[Path]) -> list[Figure]:
    """Measure the web service, and the memory of all services, with the code of each root."""
    with instance.broker() as redis:
        # 0.2.0 gets a database of its own, with its tables.
        variables = [_variables(atelier.variables, redis), _variables(_older(atelier, roots[1], redis), redis)]
        seconds = _seconds_in_turn(
            [lambda r=root, v=values: service("web", r, v) for root, values in zip(roots, variables, strict=True)]
        )
        sizes = [_memory_of_services(root, values) for root, values in zip(roots, variables, strict=True)]
    return [
        _start_figure("production: start of the web service to its first page", seconds),
        _memory_figure("production: memory of all services of Atelier", sizes, "-", float("inf")),
    ]


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


def _start_figure(what: str, seconds: list[float]) -> Figure:
    ours, older = seconds
    ratio = ours / older
    value, peer = f"{ours:.1f} s", f"{older:.1f} s with version 0.2.0"
    return Figure(what, value, peer, f"{ratio:.2f}x", "<= 1.0x", ratio <= 1)


def _memory_figure(what: str, sizes: list[Memory], bar: str, most: float) -> Figure:
    ours, older = sizes
    value = f"{ours.megabytes:.0f} MB in {ours.processes} processes"
    peer = f"{older.megabytes:.0f} MB in {older.processes} with version 0.2.0"
    return Figure(what, value, peer, f"{ours.megabytes / older.megabytes:.2f}x", bar, ours.megabytes <= most)


if __name__ == "__main__":
    sys.exit(figures.main(measure))
