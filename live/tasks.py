"""The scheduled Celery task of the live stream. The schedule is in config/celery.py."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from live.models import Change

KEPT = timedelta(hours=1)


@shared_task
def prune() -> None:
    """Delete notifications older than an hour. A page that was offline for longer reloads."""
    Change.objects.filter(at__lt=timezone.now() - KEPT).delete()
