"""The scheduled Celery tasks of accounts. The schedule is in config/celery.py."""

from celery import shared_task

from accounts import retention


@shared_task
def forget_what_is_past() -> None:
    """Delete what has expired. The name of a task is public, so it stays."""
    retention.delete_expired()
