"""Deletes addresses that were revoked long ago. Until then they answer 410, afterwards 404."""

from datetime import timedelta

from django.utils import timezone

from calendars.models import CalendarAddress
from kernel.database.pruning import delete_in_batches

REVOKED_KEPT = timedelta(days=400)  # an app that was not used for a year still learns that the address is gone


def delete_old() -> None:
    delete_in_batches(CalendarAddress.objects.filter(revoked_at__lt=timezone.now() - REVOKED_KEPT))
