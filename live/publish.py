"""Publishes change notifications: one row per topic in the caller's transaction, and a wake-up after its commit."""

from django.db import transaction
from django.utils import timezone

from live.models import Change
from live.wake_up import wake


def publish(*topics: str) -> None:
    """Notify the open pages that subscribe to these topics. A notification carries no data.

    Topics are `farm`, `course:<pk>`, `plan:<pk>` and `person:<pk>`.
    """
    now = timezone.now()
    Change.objects.bulk_create([Change(topic=topic, at=now) for topic in dict.fromkeys(topics)])
    transaction.on_commit(wake)
