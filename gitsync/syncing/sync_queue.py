"""Accepted messages, and the wish to look at a repository again.

A Request row is what a caller may ask about; the Clone row is the queue of record. A task is only a hint to look at
the database: losing one costs seconds (`tasks.sweep`), running one twice costs nothing.
"""

import hashlib
import json
from datetime import datetime, timedelta
from typing import Any

from celery import current_app
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from gitsync.models import Address, Clone, CourseKey, Request

SYNC_SPACING = timedelta(seconds=2)  # hooks fold: at most one start per Address in this time
PUBLISH_RETRY = {"max_retries": 1, "interval_start": 0, "interval_step": 0.1}  # a web request must not hang on it
FAILING_SPACING = timedelta(minutes=1)  # a push to a failing repository is worth a look, but not one each


def accept(
    kind: str,
    body: dict[str, Any],
    *,
    address: Address | None = None,
    course: CourseKey | None = None,
    follow_up: bool,
) -> Request:
    """The Request of an accepted message, in the message's own transaction.

    An identical message that is still pending gets the same row. Without a follow-up it is done at once.
    """
    canonical = json.dumps([kind, body], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    values: dict[str, Any] = {
        "kind": kind,
        "canonical_hash": hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest(),
        "body": body,
        "address": address,
        "course": course,
    }
    known = Request.objects.filter(pending_key=values["canonical_hash"])
    if not follow_up:
        done = {"state": Request.State.DONE, "finished_at": timezone.now()}
        return known.first() or Request.objects.create(**values, **done)
    try:  # most are new; two of the same come one after the other, by the lock of what they are about
        with transaction.atomic():
            return Request.objects.create(**values, pending_key=values["canonical_hash"])
    except IntegrityError:
        pending = known.first()
        if pending is None:
            raise
        return pending


def finish(requests: QuerySet[Request], error: str = "") -> None:
    """End those of these Requests that are pending: done, or failed with a reason."""
    requests.filter(state=Request.State.PENDING).update(
        state=Request.State.FAILED if error else Request.State.DONE,
        error=error[:300],
        pending_key=None,
        finished_at=timezone.now(),
    )


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


def queue_after_commit(task: str, *args: Any, after: float = 0.0) -> None:
    """As `queue`, once this transaction is committed. A broker that is away is no error: the sweep comes by."""

    def enqueue() -> None:  # a function with a name: Django names it when the broker is away
        queue(task, *args, after=after)

    transaction.on_commit(enqueue, robust=True)


def queue(task: str, *args: Any, after: float = 0.0) -> None:
    """Queue a task by its name (the shells in `tasks` stand above the verbs and import them)."""
    current_app.send_task(task, args=args, countdown=after or None, retry_policy=PUBLISH_RETRY)
