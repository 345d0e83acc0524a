"""The Celery tasks of mails. The schedule is in config/celery.py. Names of tasks are public, so they stay."""

from celery import shared_task

from kernel.task_queue import queue
from mail import digests, retention, sending


@shared_task
def send() -> None:
    """Send the mails that are due."""
    sending.drain()


@shared_task
def sweep() -> None:
    """Queue the sending again when a mail is due: for a retry, or because the broker has lost the task."""
    if sending.is_due():
        queue("mail.tasks.send")


@shared_task
def write_digests() -> None:
    """Write the daily mails that are due."""
    digests.write_digests()


@shared_task
def forget_what_is_past() -> None:
    """Delete old mails, notices and files."""
    retention.delete_old()
