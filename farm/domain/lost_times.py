"""The command with which an owner dismisses the notice of lost time."""

from django.utils import timezone

from accounts.models import User
from farm.models import LostTime
from live.publish import publish


def mark_seen(owner: User, lost_time_id: int) -> bool:
    """Mark the notice as seen by the owner; return whether it existed."""
    rows = LostTime.objects.filter(pk=lost_time_id, reservation__owner=owner, seen_at=None)
    is_marked = bool(rows.update(seen_at=timezone.now()))
    if is_marked:
        publish(f"person:{owner.pk}")
    return is_marked
