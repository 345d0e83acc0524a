"""A private instance of Atelier for a proof or a benchmark.

    with instance.atelier() as atelier:  # Django is set up in this process, and the tables exist
        with atelier.production() as server:
            server.url, atelier.bearer("alice")

It has a data folder, a database, servers and accounts of its own. This module imports nothing from Django before
`atelier()` has set the environment variables.
"""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from kernel.testing import child_processes
from kernel.testing.ports import free_port

ROOT = Path(__file__).resolve().parent.parent.parent
# The same options as in docker-compose.yml.
WSGI_APPLICATION = "config.wsgi:application"
WORKERS = 2
WSGI = ["--workers", str(WORKERS), "--blocking-threads", "4", "--respawn-failed-workers"]


class Server:
    """A running server process: its URL, the file of its log and its pid."""

    def __init__(self, url: str, log: Path, pid: int) -> None:
        self.url, self.log, self.pid = url, log, pid

    def cpu_seconds(self) -> float:
        """Return the CPU seconds that its main process and the children of it have used.

        Linux only.
        """
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        stats = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in (self.pid, *children)]
        return sum(int(stat[11]) + int(stat[12]) for stat in stats) / os.sysconf("SC_CLK_TCK")

    def count_log_lines(self, *words: str) -> int:
        """Return how many lines of the log contain all these words."""
        lines = self.log.read_text(errors="replace").splitlines()
        return sum(all(word in line for word in words) for line in lines)


class Atelier:
    """An instance.

    `home` is its data folder, `variables` are the environment variables of its processes.
    """

    def __init__(self, home: Path, variables: dict[str, str]) -> None:
        self.home, self.variables = home, variables

    @contextlib.contextmanager
    def production(self, application: str = WSGI_APPLICATION) -> Iterator[Server]:
        """Start the web server of docker-compose.yml (granian, WSGI) on a free port, and yield it.

        Waits until all workers have started, because the first one answers before the others have.
        """
        port = free_port()
        program = "config.web_server" if application == WSGI_APPLICATION else "granian"
        command = [sys.executable, "-m", program, "--interface", "wsgi", application, "--host", "127.0.0.1"]
        with self._run_server([*command, "--port", str(port), "--no-ws", *WSGI], port) as server:
            last = time.monotonic() + 60
            while server.count_log_lines("Started worker-") < WORKERS and time.monotonic() < last:
                time.sleep(0.05)
            yield server

    @contextlib.contextmanager
    def streams(self) -> Iterator[Server]:
        """Start the server of the event streams of docker-compose.yml (one uvicorn process), and yield it."""
        port = free_port()
        command = [sys.executable, "-m", "uvicorn", "config.asgi:application", "--port", str(port), "--lifespan", "off"]
        with self._run_server([*command, "--no-access-log", "--timeout-graceful-shutdown", "3"], port) as server:
            yield server

    @contextlib.contextmanager
    def _run_server(self, command: list[str], port: int) -> Iterator[Server]:
        """Run the command of a server on this port, wait until it answers, and yield it."""
        from kernel.testing.site_server import wait_for

        log = self.home / f"server-{port}.log"
        url = f"http://127.0.0.1:{port}"
        variables = os.environ | self.variables | {"PORT": str(port), "PUBLIC_URL": url, "LOG_FORMAT": "json"}
        with log.open("wb") as out:
            process = child_processes.start(command, cwd=ROOT, env=variables, stdout=out, stderr=out)
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
        """Return the user with this name.

        A new user is created with `values`, such as `is_staff` and `kind`.
        """
        from accounts.models import User

        user = User.objects.filter(username=name).first()
        return user or User.objects.create_user(name, password="a-proof-of-the-farm", **values)

    def bearer(self, name: str, **values: Any) -> str:
        """Return a bearer token of this user, valid for one day. `values` as for `person`."""
        from accounts.tokens import issue_bearer

        return str(issue_bearer(self.person(name, **values), timedelta(days=1)))

    def cookie(self, name: str) -> str:
        """Sign this person in, and return the Cookie header for the session."""
        from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
        from django.contrib.sessions.backends.db import SessionStore

        user, session = self.person(name), SessionStore()
        session[SESSION_KEY], session[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
        session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        session.create()
        return f"sessionid={session.session_key}"


@contextlib.contextmanager
def atelier(home: Path | None = None, *, prepare: bool = True, **variables: str) -> Iterator[Atelier]:
    """Set up Django in this process and yield the instance.

    It uses the database of DATABASE_URL, from `variables` or from the environment; without DATABASE_URL it uses SQLite
    in the data folder. `prepare` creates the tables and collects the static files. A second process of the same
    instance passes its `home` and `prepare=False`.
    """
    with child_processes.temporary_folder("atelier-bench-") as name:
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
def broker() -> Iterator[str]:
    """Yield the URL of a broker: REDIS_URL, or else that of a new broker.

    The new broker ends with the `with` statement.
    """
    if os.environ.get("REDIS_URL"):
        yield os.environ["REDIS_URL"]
        return
    from supervisor.broker import binary

    with child_processes.temporary_folder("atelier-broker-") as name:
        socket_path = Path(name, "broker.sock")
        options = ["--port", "0", "--unixsocket", str(socket_path), "--dir", name, "--save", ""]
        options += ["--loglevel", "warning"]
        process = child_processes.start([binary(), *options], stdout=subprocess.DEVNULL)
        try:
            while not socket_path.exists():
                time.sleep(0.02)
            yield f"unix://{socket_path}"
        finally:
            process.terminate()
            process.wait(10)


@contextlib.contextmanager
def git_server() -> Iterator[Any]:
    """Yield a Git server (`git http-backend`) without repositories.

    `.create(name)` creates one.
    """
    from gitsync.tests.gitserver import serving

    with (
        child_processes.temporary_folder("atelier-git-") as name,
        serving(Path(name)) as server,
    ):
        yield server


def database_name() -> str:
    """Return the engine and version of the connected database, such as `MariaDB 10.11.19`."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT sqlite_version()" if connection.vendor == "sqlite" else "SELECT @@version")
        version = cursor.fetchone()[0].split("-")[0]
    return f"{'SQLite' if connection.vendor == 'sqlite' else 'MariaDB'} {version}"
