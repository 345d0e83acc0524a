"""A Celery worker beside a benchmark."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from bench.support import instance
from kernel.testing import child_processes

QUEUES = "default,sync,match,deliver"


@contextlib.contextmanager
def running(atelier: instance.Atelier, processes: int) -> Iterator[Path]:
    """Start a worker with this number of processes, wait until it answers, and yield the path of its log."""
    command = [sys.executable, "-m", "celery", "-A", "config", "worker", "--concurrency", str(processes)]
    command += ["--queues", QUEUES, "--without-gossip", "--without-mingle", "--loglevel", "WARNING"]
    log = atelier.home / f"worker-{time.monotonic_ns()}.log"
    environment = os.environ | atelier.variables
    with log.open("wb") as out:
        process = child_processes.start(command, cwd=instance.ROOT, env=environment, stdout=out, stderr=out)
    try:
        _wait(process)
        yield log
    finally:
        process.terminate()
        process.wait(60)


def _wait(process: subprocess.Popen[bytes]) -> None:
    """Wait until the worker answers. Ends the program when it does not within 60 s."""
    from config.celery import app

    last = time.monotonic() + 60
    while time.monotonic() < last and process.poll() is None:
        if app.control.ping(timeout=0.5):
            return
    raise SystemExit("the worker did not start")
