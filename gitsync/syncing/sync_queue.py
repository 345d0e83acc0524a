"""Request a sync of a repository.

The LocalCopy row is the queue of record. A task only wakes a worker up, which then reads the row: losing a task costs
seconds (`tasks.sweep` queues it again), and running it twice costs nothing.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from gitsync.models import LocalCopy
from gitsync.models.repositories import LONGEST_LEASE
from kernel.database.wrong_clock import is_too_far_ahead
from kernel.task_queue import queue_after_commit

SYNC_SPACING = timedelta(seconds=2)  # at most one sync of a repository starts in this time: hooks fold into it
QUARANTINE_SPACING = timedelta(minutes=15)  # the same for one over a limit: each try is expensive


def request_sync(repository_id: int, *, force: bool = False) -> bool:
    """Mark a repository as dirty and queue one task after the commit.

    Requests made before the sync starts share that sync. A failing repository is tried at once, before its backoff
    ends, and a quarantined one at most every QUARANTINE_SPACING. Such a try does not count as an attempt, so that hooks
    from anybody neither pause it nor lengthen its backoff. A paused one is tried only with `force`, which a person
    gives. Returns False when the LocalCopy was deleted; else its row is locked until the caller's transaction ends.
    """
    now = timezone.now()
    with transaction.atomic(savepoint=False):
        local_copy = LocalCopy.objects.locked(repository_id)
        if local_copy is None:
            return False
        row = LocalCopy.objects.filter(pk=local_copy.pk)
        start = _earliest_start(local_copy, now, force=force)
        is_early_enough = local_copy.next_attempt_at is None or local_copy.next_attempt_at <= start
        if local_copy.dirty and not force and is_early_enough:
            # The common case under load: only the request counter changes.
            row.update(sync_request_count=local_copy.sync_request_count + 1)
            return True
        if local_copy.dirty and local_copy.next_attempt_at is not None:
            # Never later than promised: the worker that was queued for it may have read its clock already.
            start = min(start, local_copy.next_attempt_at)
        is_paused = local_copy.status == LocalCopy.Status.PAUSED
        attempts = local_copy.attempts
        if local_copy.status in LocalCopy.TRIED_AGAIN and not is_early_enough:
            attempts = max(attempts - 1, 0)  # the claim adds it again
        row.update(
            dirty=True,
            dirty_at=local_copy.dirty_at if local_copy.dirty else now,
            sync_request_count=local_copy.sync_request_count + 1,
            next_attempt_at=start,
            queued_at=now,
            status=_resumed_status(local_copy) if force and is_paused else local_copy.status,
            attempts=0 if force else attempts,
        )
        lease_until = local_copy.lease_until
        leased = lease_until is not None and lease_until > now and not is_too_far_ahead(lease_until, now, LONGEST_LEASE)
        if not leased and (force or not is_paused):
            queue_sync(repository_id, after=max(0.0, (start - now).total_seconds()))
        return True


def queue_sync(repository_id: int, *, after: float = 0.0) -> None:
    """Queue a sync, `after` so many seconds, once this transaction is committed."""
    queue_after_commit("gitsync.tasks.sync_address", repository_id, after=after)


def _resumed_status(local_copy: LocalCopy) -> LocalCopy.Status:
    """Return the status of a resumed repository until its next sync.

    It is failing only when it failed before.
    """
    if local_copy.reason:
        return LocalCopy.Status.FAILING
    return LocalCopy.Status.OK if local_copy.last_good_at else LocalCopy.Status.NEW


def _earliest_start(local_copy: LocalCopy, now: datetime, *, force: bool) -> datetime:
    if local_copy.started_at is None or force or is_too_far_ahead(local_copy.started_at, now):
        return now
    if local_copy.status != LocalCopy.Status.QUARANTINED:
        return max(now, local_copy.started_at + SYNC_SPACING)
    look = max(now, local_copy.started_at + QUARANTINE_SPACING)
    return min(look, local_copy.next_attempt_at or look)
