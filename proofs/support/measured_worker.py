"""A Celery worker that writes down the CPU seconds of each task. Only proofs/odd_repositories.py starts it.

    MEASURES=/tmp/x/measures python -m proofs.support.measured_worker -c 2 -Q sync …

The arguments are those of a Celery worker. Before and after each task one line of JSON is added to the file MEASURES:
the task's id, name and arguments; afterwards also the CPU seconds and the peak memory of the process in MB. A process
of the pool runs one task at a time, so the CPU seconds between its start and its end, with those of its threads, are
the task's own.
"""

import json
import os
import resource
import sys
import time
from pathlib import Path
from typing import Any

from celery.signals import task_postrun, task_prerun

started: dict[str, float] = {}  # by the task's id: the CPU seconds of this process


def note_start(task_id: str, task: Any, args: Any, **_: Any) -> None:
    started[task_id] = time.process_time()
    write({"id": task_id, "task": task.name, "args": list(args)})


def note_end(task_id: str, task: Any, args: Any, **_: Any) -> None:
    cpu = time.process_time() - started.pop(task_id)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    write({"id": task_id, "task": task.name, "args": list(args), "cpu": cpu, "memory": memory})


def write(line: dict[str, Any]) -> None:
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
