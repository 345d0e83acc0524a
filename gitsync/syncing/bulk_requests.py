"""Request, pause and resume the reading of many repositories at once, in a fixed number of statements.

`sync_queue` does the same for one. Nothing is queued here for each repository: one sweep finds those that are due.
Call these functions in a transaction. They lock the rows in the order of their keys.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Case, F, IntegerField, Q, QuerySet, Value, When
from django.utils import timezone

from gitsync.models import LocalCopy
from gitsync.syncing.sync_queue import QUARANTINE_SPACING
from kernel.task_queue import queue_after_commit

NOT_QUEUED = timedelta(hours=1)  # so long ago that the sweep takes the row at once
Status = LocalCopy.Status


def request_syncs(repository_ids: Collection[int]) -> set[int]:
    """Want a sync of these repositories now, and return those for which one is wanted.

    Paused ones stay paused. One over a limit is tried at most every QUARANTINE_SPACING, as each try is expensive.
    """
    now = timezone.now()
    tried_lately = Q(status=Status.QUARANTINED, started_at__gt=now - QUARANTINE_SPACING)
    rows = _locked(LocalCopy.objects.exclude(Q(status=Status.PAUSED) | tried_lately), repository_ids)
    # A try before its time does not count as an attempt: the claim adds it again.
    waits = Q(status__in=LocalCopy.TRIED_AGAIN, next_attempt_at__gt=now, attempts__gt=0)
    fewer = When(waits, then=F("attempts") - 1)
    _want(rows, now, attempts=Case(fewer, default=F("attempts"), output_field=IntegerField()))
    return set(rows.values())


def pause(repository_ids: Collection[int]) -> set[int]:
    """Stop reading these repositories until a person resumes them, and return those that were not paused before.

    A running sync ends first.
    """
    rows = _locked(LocalCopy.objects.exclude(status=Status.PAUSED), repository_ids)
    LocalCopy.objects.filter(pk__in=rows).update(status=Status.PAUSED)
    return set(rows.values())


def resume(repository_ids: Collection[int]) -> set[int]:
    """Read those of these repositories again that are paused, and return them."""
    rows = _locked(LocalCopy.objects.filter(status=Status.PAUSED), repository_ids)
    known = When(last_good_at__isnull=False, then=Value(Status.OK.value))
    status = Case(When(~Q(reason=""), then=Value(Status.FAILING.value)), known, default=Value(Status.NEW.value))
    _want(rows, timezone.now(), attempts=0, status=status)
    return set(rows.values())


def _locked(rows: QuerySet[LocalCopy], repository_ids: Collection[int]) -> dict[int, int]:
    """Lock the rows of these repositories, and return their keys with those of the repositories."""
    of_these = rows.filter(repository__in=repository_ids).select_for_update().order_by("pk")
    return dict(of_these.values_list("pk", "repository_id"))


def _want(rows: Collection[int], now: datetime, **values: Any) -> None:
    """Mark local copies as wanted now, and wake the sweep."""
    if not rows:
        return
    # In this order: MySQL and MariaDB compute one assignment after the other, from the values that stand there by then.
    LocalCopy.objects.filter(pk__in=rows).update(
        **values,
        dirty_at=Case(When(dirty=True, then=F("dirty_at")), default=Value(now)),
        dirty=True,
        sync_request_count=F("sync_request_count") + 1,
        next_attempt_at=now,
        queued_at=now - NOT_QUEUED,
    )
    queue_after_commit("gitsync.tasks.sweep")
