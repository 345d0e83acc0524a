"""The wish to look at a repository again.

The Clone row is the queue of record. A task is only a hint to look at
the database: losing one costs seconds (`tasks.sweep`), running one twice costs nothing.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from gitsync.models import LocalCopy
from kernel.task_queue import queue_after_commit

SYNC_SPACING = timedelta(seconds=2)  # hooks fold: at most one start per Address in this time
FAILING_SPACING = timedelta(minutes=1)  # a push to a failing repository is worth a look, but not one each


def _freed(local_copy: LocalCopy) -> LocalCopy.Status:
    """What a repository that was stopped is until it is read: failing only where it failed before."""
    if local_copy.reason:
        return LocalCopy.Status.FAILING
    return LocalCopy.Status.OK if local_copy.last_good_at else LocalCopy.Status.NEW


def request_sync(repository_id: int, *, force: bool = False) -> bool:
    """Wish that the repository be looked at: mark its Clone dirty and queue one task after the commit.

    Wishes fold into one while the first has not started. A failing repository is tried earlier than its back-off
    would, a paused one or one in quarantine only when forced: a person lifts those. Returns False when the Clone is
    gone; else its row is locked until the caller's transaction ends.
    """
    now = timezone.now()
    with transaction.atomic(savepoint=False):
        local_copy = LocalCopy.objects.locked(repository_id)
        if local_copy is None:
            return False
        row = LocalCopy.objects.filter(pk=local_copy.pk)
        start = _earliest_start(local_copy, now, force=force)
        if (
            local_copy.dirty
            and not force
            and (local_copy.next_attempt_at is None or local_copy.next_attempt_at <= start)
        ):
            row.update(
                sync_request_count=local_copy.sync_request_count + 1
            )  # as most in a storm of hooks: that wish counts, no other word is news
            return True
        if local_copy.dirty and local_copy.next_attempt_at is not None:
            # Never later than promised: the worker that was woken for it may have looked at its clock already.
            start = min(start, local_copy.next_attempt_at)
        row.update(
            dirty=True,
            dirty_at=local_copy.dirty_at if local_copy.dirty else now,
            sync_request_count=local_copy.sync_request_count + 1,
            next_attempt_at=start,
            queued_at=now,
            status=_freed(local_copy) if force and local_copy.status in LocalCopy.STOPPED else local_copy.status,
            attempts=0 if force else local_copy.attempts,
        )
        held = local_copy.lease_until is not None and local_copy.lease_until > now
        if not held and (force or local_copy.status not in LocalCopy.STOPPED):
            wake(repository_id, after=max(0.0, (start - now).total_seconds()))
        return True


def _earliest_start(local_copy: LocalCopy, now: datetime, *, force: bool) -> datetime:
    if local_copy.started_at is None or force:
        return now
    if local_copy.status != LocalCopy.Status.FAILING:
        return max(now, local_copy.started_at + SYNC_SPACING)
    sooner = max(now, local_copy.started_at + FAILING_SPACING)
    return min(sooner, local_copy.next_attempt_at or sooner)


def wake(repository_id: int, *, after: float = 0.0) -> None:
    """Queue a sync once this transaction is committed."""
    queue_after_commit("gitsync.tasks.sync_address", repository_id, after=after)
