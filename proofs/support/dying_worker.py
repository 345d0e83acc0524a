"""A worker that dies at one named place: the entry point of killed_sync.py's workers, and of nothing else.

    POINT="after gitsync.syncing.lease.claim" LEASE=60 WHO=student python proofs/support/dying_worker.py celery's words…

POINT is `before` or `after` a function of the product, which is wrapped here; there, the worker's parent and child are
killed with signal 9, as they would be by a machine that loses its power. Without POINT it is a worker like any other.
LEASE is that of a clone and of an event, in seconds. Where a call names a student (an event does), only WHO's counts.
"""

import os
import pkgutil
import signal
import sys
from datetime import timedelta
from functools import wraps
from typing import Any

MAIN = os.getpid()


def die() -> None:
    for pid in (MAIN, os.getpid()):
        os.kill(pid, signal.SIGKILL)


def concerns(arguments: tuple[Any, ...]) -> bool:
    """Whether a call is about WHO, as far as it says whom it is about."""
    bodies = [getattr(one, "body", None) for one in arguments]
    named = {body.get("studentId") for body in bodies if isinstance(body, dict)}
    return not named or os.environ["WHO"] in named


def arm(point: str) -> None:
    when, path = point.split()
    owner, name = path.rsplit(".", 1)
    real = pkgutil.resolve_name(path)

    @wraps(real)
    def deadly(*arguments: Any, **values: Any) -> Any:
        if when == "before" and concerns(arguments):
            die()
        answer = real(*arguments, **values)
        nothing_to_do = name == "claim" and answer is None
        if when == "after" and not nothing_to_do and concerns(arguments):
            die()
        return answer

    setattr(pkgutil.resolve_name(owner), name, deadly)


def main() -> None:
    from config.celery import app

    app.loader.import_default_modules()  # Django is set up
    from gitsync.events import outbox
    from gitsync.syncing import lease

    lease.LEASE = outbox.CLAIM = timedelta(seconds=float(os.environ["LEASE"]))
    if os.environ.get("POINT"):
        arm(os.environ["POINT"])
    app.worker_main(["worker", *sys.argv[1:]])


if __name__ == "__main__":
    main()
