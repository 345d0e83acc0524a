from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from live.models import Change

KEPT = timedelta(hours=1)


@shared_task
def prune() -> None:
    """Forget changes older than an hour: a page that comes back from farther away reloads."""
    Change.objects.filter(at__lt=timezone.now() - KEPT).delete()
