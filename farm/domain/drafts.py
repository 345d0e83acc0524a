"""The command that expires old drafts."""

from datetime import datetime

from django.utils import timezone

from farm.domain.locks import run_in_transaction
from farm.domain.reservation_rows import lock_reservation, save_change
from farm.models import DRAFT_LIFE, Reservation
from farm.models.states import State


def expire_drafts(now: datetime | None = None) -> int:
    """Expire the drafts that are older than DRAFT_LIFE. Return how many."""
    now = now or timezone.now()
    old = Reservation.objects.filter(state=State.DRAFT, created_at__lte=now - DRAFT_LIFE)
    return sum(run_in_transaction(lambda pk=pk: _expire(pk)) for pk in old.values_list("pk", flat=True))  # type: ignore[misc]


def _expire(reservation_id: int) -> bool:
    reservation, before, __ = lock_reservation(None, reservation_id)
    if reservation.state != State.DRAFT:  # it got a machine in the meantime
        return False
    reservation.state = State.EXPIRED
    save_change(None, "farm.expire", reservation, before)
    return True
