"""A worker that is killed at one named point. Only proofs/killed_sync.py and proofs/forge.py start it.

    POINT="after gitsync.syncing.lease.claim" LEASE=60 WHO=student python -m proofs.support.dying_worker -c 1 …

The arguments are those of a Celery worker. POINT is `before` or `after` a function of the product. At this point the
parent and the child process of the worker are killed with signal 9, as if the machine lost its power. Without POINT the
worker is a normal one. CALL is the number of the call at which it is killed, 1 without it. LEASE is the lease of a
repository, of an event and of a connection with a forge, in seconds, and the pause after an error of a forge. When a
call has an event, it counts only if the event is about the student WHO.
"""

import os
import pkgutil
import signal
import sys
from datetime import timedelta
from functools import wraps
from typing import Any

PARENT = os.getpid()


def die() -> None:
    """Kill this process and its parent."""
    for pid in (PARENT, os.getpid()):
        os.kill(pid, signal.SIGKILL)


def is_about_student(arguments: tuple[Any, ...]) -> bool:
    """Return whether a call is about the student WHO, or about no student."""
    bodies = [getattr(argument, "body", None) for argument in arguments]
    students = {body.get("studentId") for body in bodies if isinstance(body, dict)}
    return not students or os.environ["WHO"] in students


def is_the_call(calls: list[None]) -> bool:
    """Note one more call, and return whether it is the one at which the worker is killed."""
    calls.append(None)
    return len(calls) >= int(os.environ.get("CALL", "1"))


def kill_at(point: str) -> None:
    """Replace the function of POINT by one that kills the worker."""
    when, path = point.split()
    owner, name = path.rsplit(".", 1)
    original = pkgutil.resolve_name(path)
    calls: list[None] = []

    @wraps(original)
    def wrapper(*arguments: Any, **values: Any) -> Any:
        if when == "before" and is_about_student(arguments) and is_the_call(calls):
            die()
        result = original(*arguments, **values)
        nothing_to_do = name == "claim" and result is None
        if when == "after" and not nothing_to_do and is_about_student(arguments) and is_the_call(calls):
            die()
        return result

    setattr(pkgutil.resolve_name(owner), name, wrapper)


def main() -> None:
    from config.celery import app

    app.loader.import_default_modules()  # this sets up Django
    from courses.domain import forge_leases
    from gitsync.events import outbox
    from gitsync.syncing import lease, slots

    # A killed worker keeps its slot for 20 s, and the proof kills one after the other.
    slots.PER_QUICK_HOST = slots.PER_OTHER_HOST = slots.OTHER_HOSTS = slots.PER_STUDENT = 100
    lease.LEASE = outbox.CLAIM = forge_leases.LEASE = timedelta(seconds=float(os.environ["LEASE"]))
    forge_leases.PAUSES = (float(os.environ["LEASE"]),)
    if os.environ.get("POINT"):
        kill_at(os.environ["POINT"])
    app.worker_main(["worker", *sys.argv[1:]])


if __name__ == "__main__":
    main()
