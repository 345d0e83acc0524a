"""Atelier as it is in life, beside the tests: a server process under ASGI, on this process' test database.

It runs with the true settings (manifest of static files, CSP, Argon2), DEBUG off.
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


@dataclass(frozen=True)
class Site:
    url: str
    log: Path

    def cookie(self, user: Any) -> dict[str, str]:
        """The session of somebody who has signed in, as a browser keeps it."""
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.create()
        return {"name": settings.SESSION_COOKIE_NAME, "value": session.session_key or "", "url": self.url}


def environment(url: str) -> dict[str, str]:
    """What a process needs to work on the test database with the true settings."""
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
    """The DATABASE_URL of the test database, whichever engine it is on."""
    if connection.vendor == "sqlite":
        return f"sqlite:///{connection.settings_dict['NAME']}"
    given, _, query = os.environ["DATABASE_URL"].partition("?")
    return f"{given.rpartition('/')[0]}/{connection.settings_dict['NAME']}?{query}"


@pytest.fixture(scope="session")
def site(django_db_setup: None, django_db_blocker: Any, broker_server: str) -> Iterator[Site]:
    """The running site. Its pages see what a `transactional_db` test commits."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen(128)
        url = f"http://127.0.0.1:{door.getsockname()[1]}"
        variables = environment(url)
        log = Path(settings.ATELIER_HOME) / "site.log"
        with log.open("w") as out:
            manage = [sys.executable, str(settings.BASE_DIR / "manage.py")]
            subprocess.run([*manage, "collectstatic", "--no-input", "-v0"], env=variables, check=True)
            command = [sys.executable, "-m", "uvicorn", "config.asgi:application", "--fd", str(door.fileno())]
            command += ["--no-access-log", "--timeout-graceful-shutdown", "1", "--lifespan", "off"]
            process = subprocess.Popen(
                command,
                env=variables,
                cwd=settings.BASE_DIR,
                stdout=out,
                stderr=subprocess.STDOUT,
                pass_fds=[door.fileno()],
            )
    try:
        wait_for(f"{url}/livez", process, log)
        yield Site(url, log)
    finally:
        process.terminate()
        process.wait(15)


def wait_for(url: str, process: subprocess.Popen[bytes], log: Path, seconds: float = 60) -> None:
    """Until it answers anything at all: a 404 is an answer."""
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
