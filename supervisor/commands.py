"""The arguments of Uvicorn and Celery for the processes that the supervisor starts."""

import re
from pathlib import Path

from django.conf import settings

from config.celery import FETCH_QUEUES, WORK_QUEUES

WORKERS = 2
FETCHERS = 4  # they wait for servers most of the time; gitsync/syncing/slots.py shares them
WORKER_NOISE = re.compile(r"Hitting Ctrl\+C again")  # does not apply: Ctrl-C reaches the supervisor, not the worker


def web() -> list[str]:
    return [
        *("config.asgi:application", "--host", settings.HOST, "--port", str(settings.PORT), "--timeout-graceful-shutdown", "3"),
        *("--http", "config.header_limits:LimitedHeaders"),
        # No proxy headers, because TRUSTED_NETWORKS needs the real peer. No access log: it would show tickets.
        *("--no-proxy-headers", "--no-access-log", "--no-server-header", "--lifespan", "off", "--log-level", "warning"),
        # uvloop takes one new connection in each of its rounds, and a round is long while many requests are worked on.
        # So connections that a flood opens and leaves delayed everybody by ten seconds. asyncio takes all that wait.
        *("--loop", "asyncio"),
    ]


def worker() -> list[str]:
    return _worker("work", WORKERS, WORK_QUEUES)


def fetcher() -> list[str]:
    """The worker that fetches repositories, and does nothing else."""
    return _worker("fetch", FETCHERS, FETCH_QUEUES)


def schedule() -> list[str]:
    """The schedule is a process of its own: inside a worker it would run once per worker."""
    folder = Path(settings.ATELIER_HOME, "schedule")
    folder.mkdir(exist_ok=True)
    return _celery("beat", "-s", str(folder / "beat"), "--pidfile=")


def _worker(name: str, processes: int, queues: list[str]) -> list[str]:
    options = ["-c", str(processes), "-Q", ",".join(queues), "--without-gossip", "--without-mingle", "-l", "WARNING"]
    return _celery("worker", "-n", f"{name}@%h", *options)


def _celery(*arguments: str) -> list[str]:
    # Django's checks would run in each worker, and Celery does not report what they find.
    return ["--quiet", "--skip-checks", *arguments]
