"""An Atelier with all its processes, as it is served: `manage.py up`, or the services of docker-compose.yml."""

import contextlib
import os
import secrets
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from bench.support import instance
from kernel.testing import child_processes
from kernel.testing.ports import free_port
from proofs.support.compose_service import ROOT, Service, nginx_command
from proofs.support.dripping_host import DrippingHost
from proofs.support.from_outside import Program, start_atelier
from proofs.support.raw_http import Caller

SERVICES = ("web", "worker", "fetch", "schedule")
COUNTED = Path(__file__).resolve().parent / "counted_hashes"


class ServedSchool(NamedTuple):
    """`forge` is a usual Git server, and `dripping` a host in front of it that can drip. Pages answer at `port`."""

    atelier: instance.Atelier
    port: int
    forge: Any
    dripping: DrippingHost

    @property
    def program(self) -> Program:
        """A program that may do everything on both wires."""
        return Program(f"http://127.0.0.1:{self.port}", self.atelier.bearer("program", kind="service"))

    def browser(self, name: str) -> Caller:
        """The browser of this person, signed in already."""
        caller = Caller(name, self.port)
        caller.cookies["sessionid"] = self.atelier.cookie(name).partition("=")[2]
        caller.cookies["csrftoken"] = secrets.token_hex(16)
        return caller

    def hashed_passwords(self) -> list[str]:
        """Every password that a server has hashed, in their order."""
        file = self.atelier.home / "hashes"
        return file.read_text().splitlines() if file.exists() else []


class Outcome(NamedTuple):
    """The result of a storm of one kind: a line with figures, and a sentence for each fault."""

    figures: str
    faults: list[str]


@contextlib.contextmanager
def served_school() -> Iterator[ServedSchool]:
    """Start everything on the database of DATABASE_URL with the services of docker-compose.yml, nginx in front.

    Without DATABASE_URL it is `manage.py up` on SQLite, with its own broker.
    """
    port, production = free_port(), bool(os.environ.get("DATABASE_URL"))
    with contextlib.ExitStack() as running, child_processes.temporary_folder("atelier-limits-") as name:
        forge = running.enter_context(instance.git_server())
        dripping = DrippingHost(forge.host)
        running.callback(dripping.close)
        home = Path(name, "data")
        home.mkdir()
        variables = {
            "GIT_LOCAL_SERVERS": f"{forge.host},{dripping.host}",
            "PUBLIC_URL": f"http://127.0.0.1:{port}",
            "ALLOWED_HOSTS": "127.0.0.1",
            "DEMO": "0",
            "LOG_FORMAT": "json",
            "COUNTED_HASHES": str(home / "hashes"),
            "PYTHONPATH": str(COUNTED),
        }
        if production:
            names = ("DATABASE_URL", "REDIS_URL")
            variables |= {"SECRET_KEY": secrets.token_hex(32), **{name: os.environ[name] for name in names}}
        atelier = running.enter_context(instance.atelier(home, **variables))
        running.enter_context(_compose(Path(name), port, variables) if production else _up(home, port, variables))
        yield ServedSchool(atelier, port, forge, dripping)


@contextlib.contextmanager
def _up(home: Path, port: int, variables: dict[str, str]) -> Iterator[None]:
    process = start_atelier(home, port, variables)
    try:
        yield
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


@contextlib.contextmanager
def _compose(folder: Path, port: int, variables: dict[str, str]) -> Iterator[None]:
    """Start the services of docker-compose.yml as proofs/compose.py does, in `folder`, with the proxy at this port."""
    declared = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    web, home = free_port(), folder / "data"
    words = {"0.0.0.0": "127.0.0.1", "8000": str(web), "/data": str(home)}
    words["http://127.0.0.1/"] = f"http://127.0.0.1:{port}/"
    replacements: dict[str, Any] = {"words": words, "variables": {"ATELIER_HOME": str(home), **variables}}
    with contextlib.ExitStack() as running:
        services = {name: Service(name, declared[name], replacements, folder) for name in (*SERVICES, "proxy")}
        for name in SERVICES:
            services[name].start(running)
        for name in SERVICES:
            services[name].wait_healthy()
        proxy = services["proxy"]
        # The event stream has no part in this: its place leads to the web process.
        addresses = {"LISTEN": f"127.0.0.1:{port}", "WEB": f"127.0.0.1:{web}", "LIVE": f"127.0.0.1:{web}"}
        proxy.command = nginx_command(folder, proxy.environment | addresses)
        proxy.start(running)
        proxy.wait_healthy()
        yield
