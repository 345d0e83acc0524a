"""An Atelier of its own for a proof or a benchmark: a data folder, the database of DATABASE_URL, servers, people.

    with place.atelier() as here:        # Django is set up in this process, the tables are made
        with here.production() as server:
            server.url, here.bearer("alice")

Nothing is imported of Django before `atelier()` has set the environment.
"""

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
# As docker-compose.yml has them.
WORKERS = 2
WSGI = ["--workers", str(WORKERS), "--blocking-threads", "4", "--respawn-failed-workers"]


class Server:
    """A program that listens, and its log."""

    def __init__(self, url: str, log: Path, pid: int) -> None:
        self.url, self.log, self.pid = url, log, pid

    def cpu_seconds(self) -> float:
        """Used so far by its first process and the children of that one, on Linux."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        stats = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in (self.pid, *children)]
        return sum(int(stat[11]) + int(stat[12]) for stat in stats) / os.sysconf("SC_CLK_TCK")

    def said(self, *words: str) -> int:
        """How many lines of the log hold all these words."""
        lines = self.log.read_text(errors="replace").splitlines()
        return sum(all(word in line for word in words) for line in lines)


class Atelier:
    def __init__(self, home: Path, variables: dict[str, str]) -> None:
        self.home, self.variables = home, variables

    @contextlib.contextmanager
    def production(self, application: str = "config.wsgi:application") -> Iterator[Server]:
        """The pages and APIs as docker-compose.yml starts them: granian, WSGI."""
        port = free_port()
        command = [sys.executable, "-m", "granian", "--interface", "wsgi", application, "--host", "127.0.0.1"]
        with self._serving([*command, "--port", str(port), "--no-ws", *WSGI], port) as server:
            last = time.monotonic() + 60
            while server.said("Started worker-") < WORKERS and time.monotonic() < last:  # the first one answers already
                time.sleep(0.05)
            yield server

    @contextlib.contextmanager
    def _serving(self, command: list[str], port: int) -> Iterator[Server]:
        from kernel.testing.site_server import wait_for

        log = self.home / f"server-{port}.log"
        url = f"http://127.0.0.1:{port}"
        variables = os.environ | self.variables | {"PORT": str(port), "PUBLIC_URL": url, "LOG_FORMAT": "json"}
        with log.open("wb") as out:
            process = subprocess.Popen(command, cwd=ROOT, env=variables, stdout=out, stderr=out)
        try:
            wait_for(f"{url}/livez", process, log)
            yield Server(url, log, process.pid)
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()

    def person(self, name: str, **values: Any) -> Any:
        """Somebody with that user name, made where there is nobody yet; `is_staff`, `kind` and so on in `values`."""
        from accounts.models import User

        found = User.objects.filter(username=name).first()
        return found or User.objects.create_user(name, password="a-proof-of-the-farm", **values)

    def bearer(self, name: str, **values: Any) -> str:
        from accounts.tokens import issue_bearer

        return str(issue_bearer(self.person(name, **values), timedelta(days=1)))

    def cookie(self, name: str) -> str:
        """The Cookie header of that person's browser."""
        from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
        from django.contrib.sessions.backends.db import SessionStore

        user, session = self.person(name), SessionStore()
        session[SESSION_KEY], session[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
        session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        session.create()
        return f"sessionid={session.session_key}"


@contextlib.contextmanager
def atelier(home: Path | None = None, *, prepare: bool = True, **variables: str) -> Iterator[Atelier]:
    """On the database of DATABASE_URL (in `variables` or the environment), or on SQLite in the data folder.

    A further process of the same place names its `home` and has nothing to `prepare`.
    """
    with tempfile.TemporaryDirectory(prefix="atelier-bench-", ignore_cleanup_errors=True) as name:
        home = home or Path(name)
        variables = {"ATELIER_HOME": str(home), "DJANGO_SETTINGS_MODULE": "config.settings", **variables}
        (home / "static").mkdir(exist_ok=True)
        os.environ.update(variables)
        import logging

        import django

        django.setup()
        logging.disable(logging.WARNING)
        from django.core.management import call_command
        from django.db import connection

        if prepare:
            call_command("migrate", verbosity=0, interactive=False)
            call_command("collectstatic", verbosity=0, interactive=False)
        try:
            yield Atelier(home, variables)
        finally:
            connection.close()


@contextlib.contextmanager
def a_broker() -> Iterator[str]:
    """The address of a broker: that of REDIS_URL, or one started for this alone."""
    if os.environ.get("REDIS_URL"):
        yield os.environ["REDIS_URL"]
        return
    from supervisor.broker import binary

    with tempfile.TemporaryDirectory(prefix="atelier-broker-", ignore_cleanup_errors=True) as name:
        door = Path(name, "broker.sock")
        words = ["--port", "0", "--unixsocket", str(door), "--dir", name, "--save", "", "--loglevel", "warning"]
        process = subprocess.Popen([binary(), *words], stdout=subprocess.DEVNULL)
        try:
            while not door.exists():
                time.sleep(0.02)
            yield f"unix://{door}"
        finally:
            process.terminate()
            process.wait(10)


@contextlib.contextmanager
def git_server() -> Iterator[Any]:
    """`git http-backend` over an empty folder; create repositories with `.create(name)`."""
    from gitsync.tests.gitserver import serving

    with (
        tempfile.TemporaryDirectory(prefix="atelier-git-", ignore_cleanup_errors=True) as name,
        serving(Path(name)) as server,
    ):
        yield server


def free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


def database_name() -> str:
    """`SQLite 3.40.1` or `MariaDB 10.11.19`, of the connection."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT sqlite_version()" if connection.vendor == "sqlite" else "SELECT @@version")
        version = cursor.fetchone()[0].split("-")[0]
    return f"{'SQLite' if connection.vendor == 'sqlite' else 'MariaDB'} {version}"
