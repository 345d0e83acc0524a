"""A Celery worker that writes down the CPU seconds of each task. Only proofs/odd_repositories.py starts it.

    MEASURES=/tmp/x/measures python -m proofs.support.measured_worker -c 2 -Q sync …

The arguments are those of a Celery worker. After each task one line of JSON is added to the file MEASURES: the task's
name and arguments, the CPU seconds and the seconds of the clock, and the peak memory of the process in MB. A process of
the pool runs one task at a time, so the CPU seconds between its start and its end, with those of its threads, are the
task's own.
"""

import json
import os
import resource
import sys
import time
from pathlib import Path
from typing import Any

from celery.signals import task_postrun, task_prerun

started: dict[str, tuple[float, float]] = {}  # by the task's id: CPU seconds, seconds of the clock


def note_start(task_id: str, **_: Any) -> None:
    started[task_id] = time.process_time(), time.monotonic()


def note_end(task_id: str, task: Any, args: Any, **_: Any) -> None:
    cpu, clock = started.pop(task_id)
    line = {
        "task": task.name,
        "args": list(args),
        "cpu": time.process_time() - cpu,
        "clock": time.monotonic() - clock,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    with Path(os.environ["MEASURES"]).open("a") as file:
        file.write(json.dumps(line) + "\n")


def main() -> None:
    from config.celery import app

    app.loader.import_default_modules()  # this sets up Django
    task_prerun.connect(note_start, weak=False)
    task_postrun.connect(note_end, weak=False)
    app.worker_main(["worker", *sys.argv[1:]])


if __name__ == "__main__":
    main()
