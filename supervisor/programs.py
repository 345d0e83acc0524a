"""The programs that the processes of an instance run, each in a fork of the supervisor.

`load_code` imports their code before the forks: they then start at once and share its memory.
"""

import importlib
import os
import re
import signal
import threading
import traceback
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command

from config import startup
from config.queue_names import FETCH_QUEUES, WORK_QUEUES
from kernel import task_queue
from supervisor import announcement
from supervisor.shim import Program

# Modules that the programs would import by their names when they begin.
IMPORTED_LATER = [
    "celery.apps.beat",
    "celery.apps.worker",
    "celery.worker.consumer",
    "config.admission",
    "config.header_limits",
    "live.stream",
    "supervisor.worker_pool",
    "uvicorn.lifespan.off",
]
# Celery reads these when its modules are imported, and when a worker starts.
CELERY_VARIABLES = {
    "REMAP_SIGTERM": "SIGQUIT",  # SIGTERM gives running tasks a moment, and then puts them back into the queue
    "CELERY_SKIP_CHECKS": "1",  # Django's checks would run in each worker, and nobody would see what they find
}
WORKER: dict[str, Any] = {"concurrency": 2, "queues": WORK_QUEUES}
# The worker that fetches repositories, and does nothing else. Its processes wait for servers most of the time;
# gitsync/syncing/slots.py shares them.
FETCHER: dict[str, Any] = {"concurrency": 4, "queues": FETCH_QUEUES}
WORKER_NOISE = re.compile(r"Hitting Ctrl\+C again")  # does not apply: Ctrl-C reaches the supervisor, not the worker
WEB: dict[str, Any] = {
    "http": "config.header_limits:LimitedHeaders",
    "proxy_headers": False,  # because TRUSTED_NETWORKS needs the real peer
    "access_log": False,  # it would show tickets
    "server_header": False,
    "lifespan": "off",
    "log_level": "warning",
    "timeout_graceful_shutdown": 3,  # seconds
    # uvloop accepts one new connection in each round of its loop, and rounds are long under load. A flood of
    # connections would then delay everybody. asyncio accepts all waiting connections in one round.
    "loop": "asyncio",
}


def load_code() -> None:
    """Import the code of the pages, the workers and the schedule, before they are forked.

    So they share its memory. If the pages were forked first, they would start 0.13 s earlier, and all processes
    together would take 30 MB more.
    """
    os.environ.update(CELERY_VARIABLES)
    startup.import_views()
    startup.import_later()
    task_queue.app().loader.import_default_modules()
    for name in IMPORTED_LATER:
        importlib.import_module(name)
    startup.freeze_garbage_collector()  # a collection would write to all of the memory that the forks share


def web() -> None:
    import uvicorn

    uvicorn.run("config.asgi:application", host=settings.HOST, port=settings.PORT, **WEB)


def worker() -> None:
    _run_worker("work", WORKER)


def fetcher() -> None:
    _run_worker("fetch", FETCHER)


def _run_worker(name: str, options: dict[str, Any]) -> None:
    options = options | {"without_gossip": True, "without_mingle": True, "loglevel": "WARNING", "quiet": True}
    celery_worker = task_queue.app().Worker(hostname=f"{name}@%h", pool="supervisor.worker_pool:WorkerPool", **options)
    celery_worker.start()
    raise SystemExit(celery_worker.exitcode)


def schedule() -> None:
    """The schedule is a process of its own: inside a worker it would run once per worker."""
    task_queue.app().Beat(schedule=str(Path(settings.ATELIER_HOME, "schedule", "beat")), quiet=True).run()


def manage(command: str) -> Program:
    """Return the program that runs this management command."""
    return partial(call_command, command)


def fill_demo() -> None:
    """Create the demonstration school, unless somebody has an account already."""
    if announcement.has_no_users():
        call_command("demo")


def demo_people() -> None:
    """The people of the demonstration, who push and book."""
    threading.Thread(target=_end_process_with, args=["demo_farm"], daemon=True).start()
    call_command("demo_student")


def _end_process_with(command: str) -> None:
    """Run this command in a thread. The process ends with it, and the supervisor starts both again."""
    try:
        call_command(command)
    except Exception:
        traceback.print_exc()
    finally:
        os._exit(1)


def other(command: list[str]) -> Program:
    """Return the program that replaces the process by this command, which is not Python."""

    def execute() -> None:
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # Python ignores it, and the command would, too
        os.execv(command[0], command)  # noqa: S606 - our own command, without a shell

    return execute
