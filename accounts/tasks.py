"""The Celery tasks of accounts. The schedule is in config/celery.py. The name of a task is public, so it stays."""

from celery import shared_task

from accounts import retention
from accounts.domain import password_reset


@shared_task
def forget_what_is_past() -> None:
    """Delete what has expired."""
    retention.delete_expired()


@shared_task
def send_password_resets(address: str) -> None:
    """Write the mails to the people with this address."""
    password_reset.send_resets(address)
