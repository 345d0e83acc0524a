"""Queue Celery tasks by their name, so that code below the tasks can do it."""

from typing import Any

from celery import current_app
from django.db import transaction

PUBLISH_RETRY = {"max_retries": 1, "interval_start": 0, "interval_step": 0.1}  # a web request must not hang on it


def queue_after_commit(task: str, *args: Any, after: float = 0.0) -> None:
    """As `queue`, once this transaction is committed. A broker that is away is no error: the sweep comes by."""

    def enqueue() -> None:  # a function with a name: Django names it when the broker is away
        queue(task, *args, after=after)

    transaction.on_commit(enqueue, robust=True)


def queue(task: str, *args: Any, after: float = 0.0) -> None:
    """Queue a task by its name (the shells in `tasks` stand above the verbs and import them)."""
    current_app.send_task(task, args=args, countdown=after or None, retry_policy=PUBLISH_RETRY)
