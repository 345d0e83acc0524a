"""What the processes of an instance run, each in a fork of the supervisor.

`load_code` imports their code before the fork: they then start at once and share its memory.
"""

import importlib
import os
import signal
from functools import partial

from django.core.management import call_command

from config import startup
from config.celery import app
from supervisor import commands
from supervisor.shim import Program

# Modules that the programs would import by their names when they begin.
IMPORTED_LATER = [
    "celery.apps.beat",
    "celery.apps.worker",
    "celery.bin.celery",
    "celery.concurrency.prefork",
    "celery.worker.consumer",
    "celery.worker.worker",
    "config.admission",
    "config.header_limits",
    "config.schedule",
    "kombu.transport.redis",
    "live.stream",
    "uvicorn.lifespan.off",
    "uvicorn.main",
]


def load_code() -> None:
    """Import what the pages, the workers and the schedule need."""
    startup.import_views()
    app.loader.import_default_modules()
    for name in IMPORTED_LATER:
        importlib.import_module(name)


def pages() -> None:
    import uvicorn

    uvicorn.main(commands.web(), standalone_mode=False)


def worker() -> None:
    app.start(commands.worker())


def fetcher() -> None:
    app.start(commands.fetcher())


def schedule() -> None:
    app.start(commands.schedule())


def manage(command: str) -> Program:
    """Return the program that runs this management command."""
    return partial(call_command, command)


def other(command: list[str]) -> Program:
    """Return the program that replaces the process by this command, which is not Python."""

    def execute() -> None:
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # Python ignores it, and the command would, too
        os.execv(command[0], command)  # noqa: S606 - our own command, without a shell

    return execute
