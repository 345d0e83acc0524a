"""The wish to look at a repository again.

The Clone row is the queue of record. A task is only a hint to look at
the database: losing one costs seconds (`tasks.sweep`), running one twice costs nothing.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from gitsync.models import Clone
from kernel.task_queue import queue_after_commit

SYNC_SPACING = timedelta(seconds=2)  # hooks fold: at most one start per Address in this time
FAILING_SPACING = timedelta(minutes=1)  # a push to a failing repository is worth a look, but not one each


def _freed(clone: Clone) -> Clone.Status:
    """What a repository that was stopped is until it is read: failing only where it failed before."""
    if clone.reason:
        return Clone.Status.FAILING
    return Clone.Status.OK if clone.last_good_at else Clone.Status.NEW


def request_sync(address_id: int, *, force: bool = False) -> bool:
    """Wish that the repository be looked at: mark its Clone dirty and queue one task after the commit.

    Wishes fold into one while the first has not started. A failing repository is tried earlier than its back-off
    would, a paused one or one in quarantine only when forced: a person lifts those. Returns False when the Clone is
    gone; else its row is locked until the caller's transaction ends.
    """
    now = timezone.now()
    with transaction.atomic(savepoint=False):
        clone = Clone.objects.locked(address_id)
        if clone is None:
            return False
        row = Clone.objects.filter(pk=clone.pk)
        start = _earliest_start(clone, now, force=force)
        if clone.dirty and not force and (clone.next_attempt_at is None or clone.next_attempt_at <= start):
            row.update(asked=clone.asked + 1)  # as most in a storm of hooks: that wish counts, no other word is news
            return True
        if clone.dirty and clone.next_attempt_at is not None:
            # Never later than promised: the worker that was woken for it may have looked at its clock already.
            start = min(start, clone.next_attempt_at)
        row.update(
            dirty=True,
            dirty_at=clone.dirty_at if clone.dirty else now,
            asked=clone.asked + 1,
            next_attempt_at=start,
            queued_at=now,
            status=_freed(clone) if force and clone.status in Clone.STOPPED else clone.status,
            attempts=0 if force else clone.attempts,
        )
        held = clone.lease_until is not None and clone.lease_until > now
        if not held and (force or clone.status not in Clone.STOPPED):
            wake(address_id, after=max(0.0, (start - now).total_seconds()))
        return True


def _earliest_start(clone: Clone, now: datetime, *, force: bool) -> datetime:
    if clone.started_at is None or force:
        return now
    if clone.status != Clone.Status.FAILING:
        return max(now, clone.started_at + SYNC_SPACING)
    sooner = max(now, clone.started_at + FAILING_SPACING)
    return min(sooner, clone.next_attempt_at or sooner)


def wake(address_id: int, *, after: float = 0.0) -> None:
    """Queue a sync once this transaction is committed."""
    queue_after_commit("gitsync.tasks.sync_address", address_id, after=after)
