"""A real server process (ASGI) beside the tests, on the test database of this process.

It runs with the real settings (manifest of static files, CSP, Argon2) and with DEBUG off.
"""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection

from kernel.testing import child_processes


@dataclass(frozen=True)
class Site:
    url: str
    log: Path

    def cookie(self, user: Any) -> dict[str, str]:
        """Return the session cookie of a signed-in user, as Playwright expects it."""
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.create()
        return {"name": settings.SESSION_COOKIE_NAME, "value": session.session_key or "", "url": self.url}


def environment(url: str) -> dict[str, str]:
    """Return the environment of a process that uses the test database and the real settings."""
    kept = {name: value for name, value in os.environ.items() if name not in settings.READ}  # type: ignore[misc]
    port = url.rpartition(":")[2]
    return kept | {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "ATELIER_HOME": str(settings.ATELIER_HOME),
        "DATABASE_URL": database_url(),
        "REDIS_URL": settings.REDIS_URL,
        "PUBLIC_URL": url,
        "PORT": port,
    }


def database_url() -> str:
    """Return the DATABASE_URL of the test database, on either engine."""
    if connection.vendor == "sqlite":
        return f"sqlite:///{connection.settings_dict['NAME']}"
    given, _, query = os.environ["DATABASE_URL"].partition("?")
    return f"{given.rpartition('/')[0]}/{connection.settings_dict['NAME']}?{query}"


@pytest.fixture(scope="session")
def site(django_db_setup: None, django_db_blocker: Any, broker_server: str) -> Iterator[Site]:
    """The running site. Its pages show the rows that a `transactional_db` test commits."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(128)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        variables = environment(url)
        log = Path(settings.ATELIER_HOME) / "site.log"
        with log.open("w") as out:
            manage = [sys.executable, str(settings.BASE_DIR / "manage.py")]
            subprocess.run([*manage, "collectstatic", "--no-input", "-v0"], env=variables, check=True)
            command = [sys.executable, "-m", "uvicorn", "config.asgi:application", "--fd", str(listener.fileno())]
            command += ["--http", "config.header_limits:LimitedHeaders", "--loop", "asyncio"]
            command += ["--no-access-log", "--timeout-graceful-shutdown", "1", "--lifespan", "off"]
            process = child_processes.start(
                command,
                env=variables,
                cwd=settings.BASE_DIR,
                stdout=out,
                stderr=subprocess.STDOUT,
                pass_fds=[listener.fileno()],
            )
    try:
        wait_for(f"{url}/livez", process, log)
        yield Site(url, log)
    finally:
        process.terminate()
        process.wait(15)


def wait_for(url: str, process: subprocess.Popen[bytes], log: Path, seconds: float = 60) -> None:
    """Wait until the server answers with any status. Raises RuntimeError with its log when it does not start."""
    last = time.monotonic() + seconds
    while True:
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            if process.poll() is not None or time.monotonic() > last:
                raise RuntimeError(f"the site did not start:\n{log.read_text(errors='replace')}")
            time.sleep(0.1)
