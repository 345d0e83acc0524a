"""The Celery task of calendars. The schedule is in config/celery.py. Names of tasks are public, so they stay."""

from celery import shared_task

from calendars import retention


@shared_task
def forget_what_is_past() -> None:
    """Delete addresses that were revoked long ago."""
    retention.delete_old()
