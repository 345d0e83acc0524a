"""Queues Celery tasks by their name, so that code which the task modules import can queue them."""

import time
from typing import TYPE_CHECKING, Any

import structlog
from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from celery import Celery

QUEUED_AT = "queued_at"  # a header of the message, in epoch seconds: so the page of health can say how long it waits
PUBLISH_RETRY = {"max_retries": 1, "interval_start": 0, "interval_step": 0.1}  # a web request must not wait for long

log = structlog.get_logger(__name__)


def queue_after_commit(task: str, *args: Any, after: float = 0.0) -> None:
    """Queue a task after the commit of this transaction. `after` is a delay in seconds.

    A broker that does not answer is not an error: the periodic sweep finds the work later, and the log says so.
    """

    def enqueue() -> None:  # not a lambda: Django logs this name when another error occurs
        from kombu.exceptions import OperationalError  # on first use, as config/startup.py says
        from redis import RedisError

        try:
            queue(task, *args, after=after)
        except (OperationalError, RedisError, OSError) as error:
            sentence = "The broker does not answer. The task waits until the schedule finds its work."
            log.warning("broker_unavailable", task=task, sentence=sentence, error=str(error))

    transaction.on_commit(enqueue, robust=True)


def queue(task: str, *args: Any, after: float = 0.0) -> None:
    """Queue a task by its name now. `after` is a delay in seconds."""
    headers = {QUEUED_AT: time.time()}
    app().send_task(task, args=args, countdown=after or None, retry_policy=PUBLISH_RETRY, headers=headers)


def app() -> "Celery":
    """Return the Celery application. It is imported on first use, which web servers do after their first answer."""
    application: Celery = import_string(settings.TASK_APP)
    return application
