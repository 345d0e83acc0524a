"""Request a sync of a repository.

The LocalCopy row is the queue of record. A task only wakes a worker up, which then reads the row: losing a task costs
seconds (`tasks.sweep` queues it again), and running it twice costs nothing.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from gitsync.models import LocalCopy
from gitsync.models.repositories import LONGEST_LEASE
from kernel.database.placeholders import placeholders
from kernel.database.wrong_clock import is_too_far_ahead
from kernel.task_queue import queue_after_commit

SYNC_SPACING = timedelta(seconds=2)  # at most one sync of a repository starts in this time: hooks fold into it
QUARANTINE_SPACING = timedelta(minutes=15)  # the same for one over a limit: each try is expensive

# The fields of a LocalCopy that must still have the values that were read when a request for a sync is written.
UNCHANGED = ("status", "dirty", "next_attempt_at", "attempts", "started_at", "lease_token")
READ = ("repository_id", "dirty_at", "lease_until", *UNCHANGED)
ONE_MORE_REQUEST = """
    UPDATE gitsync_clone SET asked = asked + 1
    WHERE id = %s AND dirty AND (next_attempt_at IS NULL OR next_attempt_at <= %s)
"""
# MariaDB locks the row by its primary key alone, and none of the inner SELECT. By an index, a hook and a worker could
# each wait for the other.
NOT_BEGUN = """
    gitsync_clone WHERE id = (
        SELECT CASE WHEN COUNT(*) = 1 THEN MIN(clone.id) END
        FROM gitsync_address address JOIN gitsync_clone clone ON clone.address_id = address.id
        WHERE match_hash IN ({})
    )
    AND dirty AND lease_token IS NULL AND (next_attempt_at IS NULL OR next_attempt_at <= %s)
"""


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
        start = _start(local_copy, now, force=force)
        if _waits(local_copy, start) and not force:
            # The common case under load: only the request counter changes.
            row.update(sync_request_count=F("sync_request_count") + 1)
            return True
        row.update(**_changes(local_copy, now, start, force=force))
        _queue_if_free(local_copy, now, start, force=force)
        return True


def request_sync_of(seen: LocalCopy) -> bool:
    """Request a sync, as `request_sync` does, of a local copy that the caller has read without its lock.

    It needs one statement. If the row has changed since the caller read it, `request_sync` locks it and reads it again.
    Call it in a transaction.
    """
    now = timezone.now()
    start = _start(seen, now, force=False)
    if _waits(seen, start):
        with connection.cursor() as cursor:
            cursor.execute(ONE_MORE_REQUEST, [seen.pk, connection.ops.adapt_datetimefield_value(start)])
            return cursor.rowcount == 1 or request_sync(seen.repository_id)
    unchanged = LocalCopy.objects.filter(pk=seen.pk, **{name: getattr(seen, name) for name in UNCHANGED})
    if not unchanged.update(**_changes(seen, now, start, force=False)):
        return request_sync(seen.repository_id)
    _queue_if_free(seen, now, start, force=False)
    return True


def not_begun(match_hashes: Collection[str], now: datetime) -> tuple[str, list[Any]]:
    """Return the condition that a wanted sync has not begun, and its parameters.

    It is for `bulk.insert_row_while`. The sync is that of the only repository with one of these hashes, and may start
    within SYNC_SPACING. It answers a hook that is saved while the condition holds, so that hook needs no request.
    """
    latest = connection.ops.adapt_datetimefield_value(now + SYNC_SPACING)
    return NOT_BEGUN.format(placeholders(match_hashes)), [*match_hashes, latest]


def _waits(local_copy: LocalCopy, start: datetime) -> bool:
    """Whether a sync is wanted already, and may start by then."""
    at = local_copy.next_attempt_at
    return local_copy.dirty and (at is None or at <= start)


def _changes(local_copy: LocalCopy, now: datetime, start: datetime, *, force: bool) -> dict[str, Any]:
    """Return the new values of the row. `start` is when its next sync may start."""
    at, attempts = local_copy.next_attempt_at, local_copy.attempts
    is_early_enough = at is None or at <= start
    if local_copy.status in LocalCopy.TRIED_AGAIN and not is_early_enough:
        attempts = max(attempts - 1, 0)  # the claim adds it again
    is_paused = local_copy.status == LocalCopy.Status.PAUSED
    return {
        "dirty": True,
        "dirty_at": local_copy.dirty_at if local_copy.dirty else now,
        "sync_request_count": F("sync_request_count") + 1,
        "next_attempt_at": start,
        "queued_at": now,
        "status": _resumed_status(local_copy) if force and is_paused else local_copy.status,
        "attempts": 0 if force else attempts,
    }


def _queue_if_free(local_copy: LocalCopy, now: datetime, start: datetime, *, force: bool) -> None:
    """Queue the sync, unless a worker holds the repository or it is paused."""
    lease_until = local_copy.lease_until
    leased = lease_until is not None and lease_until > now and not is_too_far_ahead(lease_until, now, LONGEST_LEASE)
    if not leased and (force or local_copy.status != LocalCopy.Status.PAUSED):
        queue_sync(local_copy.repository_id, after=max(0.0, (start - now).total_seconds()))


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


def _start(local_copy: LocalCopy, now: datetime, *, force: bool) -> datetime:
    """Return when the next sync may start.

    Never later than promised: the worker that was queued for it may have read its clock already.
    """
    start, at = _earliest_start(local_copy, now, force=force), local_copy.next_attempt_at
    return min(start, at) if local_copy.dirty and at is not None else start


def _earliest_start(local_copy: LocalCopy, now: datetime, *, force: bool) -> datetime:
    if local_copy.started_at is None or force or is_too_far_ahead(local_copy.started_at, now):
        return now
    if local_copy.status != LocalCopy.Status.QUARANTINED:
        return max(now, local_copy.started_at + SYNC_SPACING)
    look = max(now, local_copy.started_at + QUARANTINE_SPACING)
    return min(look, local_copy.next_attempt_at or look)
