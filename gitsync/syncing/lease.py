"""The lease of a repository: one worker at a time holds it and renews it while it works.

The lease is in the LocalCopy row and is taken under that row's lock. Its token distinguishes a worker whose lease ran
out (a machine that slept) from the worker that took over: every write that matters checks the token under the row's
lock.
"""

import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import structlog
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from gitsync.models import LocalCopy
from gitsync.syncing import slots
from kernel.database.compiled import CompiledQuery

log = structlog.get_logger(__name__)

DUE = CompiledQuery(
    lambda repository, now: LocalCopy.objects.due(now).filter(repository=repository).select_related("repository")
)
LEASE = timedelta(seconds=60)
RENEW_SECONDS = 8.0
MAX_ATTEMPTS = 20  # failed syncs in a row before the repository is paused


class LeaseLost(Exception):
    """Another worker holds the repository now, or it was deleted: stop and write nothing."""


@dataclass(frozen=True)
class Claim:
    """The lease that this worker holds.

    The sync answers the first `sync_request_count` requests. `attempts` counts the starts since the last success, with
    this one. `killed_after` is how long the previous worker had run when it died; None when it ended normally.
    """

    repository_id: int
    local_copy_id: int
    folder: uuid.UUID
    token: uuid.UUID
    sync_request_count: int
    attempts: int = 1
    killed_after: timedelta | None = None


def claim(repository_id: int) -> Claim | None:
    """Take the lease of a repository whose sync is due; return None when there is none, or no slot for it."""
    now = timezone.now()
    seen = DUE.rows(repository_id, now)
    if not seen:  # the usual case for a second task; no lock is needed to see it
        return None
    host = seen[0].repository.host
    with transaction.atomic():
        # Lock by the row, as every other writer does. An UPDATE with conditions would lock MariaDB's indexes in the
        # opposite order, and a deadlock would roll one of the two back.
        LocalCopy.objects.locked(repository_id)
        local_copy = next(iter(DUE.rows(repository_id, now)), None)
        if local_copy is None:
            return None
        if not slots.take(local_copy, host, now):
            LocalCopy.objects.filter(pk=local_copy.pk).update(queued_at=None)  # slots.queue_waiting finds it
            return None
        # After the lock: the sync answers all Requests that were saved until now, also while this waited for the lock.
        token, now = uuid.uuid4(), timezone.now()
        LocalCopy.objects.filter(pk=local_copy.pk).update(
            lease_token=token, lease_until=now + LEASE, started_at=now, attempts=local_copy.attempts + 1
        )
    count, attempts = local_copy.sync_request_count, local_copy.attempts + 1
    return Claim(repository_id, local_copy.pk, local_copy.folder, token, count, attempts, _killed_after(local_copy))


def _killed_after(local_copy: LocalCopy) -> timedelta | None:
    """Return how long the last worker renewed its lease, when it did not give it back."""
    if local_copy.lease_token is None or local_copy.lease_until is None or local_copy.started_at is None:
        return None
    return local_copy.lease_until - LEASE - local_copy.started_at


def locked(claim: Claim) -> LocalCopy:
    """Lock the LocalCopy row and return it; raises LeaseLost when the lease is no longer ours.

    Call it first in every transaction.
    """
    local_copy = LocalCopy.objects.locked(claim.repository_id)
    if local_copy is None or local_copy.lease_token != claim.token:
        raise LeaseLost(str(claim.repository_id))
    return local_copy


@contextmanager
def renewed(claim: Claim) -> Iterator[None]:
    """Renew the lease from a thread while the block runs. A process that dies renews nothing."""
    done = threading.Event()

    def renew() -> None:
        while not done.wait(RENEW_SECONDS):
            try:
                LocalCopy.objects.filter(pk=claim.local_copy_id, lease_token=claim.token).update(
                    lease_until=timezone.now() + LEASE
                )
            except DatabaseError as error:  # the next turn tries again, well before the lease ends
                log.warning("lease_not_renewed", repository=claim.repository_id, error=str(error))
            finally:
                connection.close()

    thread = threading.Thread(target=renew, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join(5)


def put_back(claim: Claim) -> None:
    """Give the lease back as if the sync had not started. The repository waits for another slot."""
    with transaction.atomic():
        attempts = max(locked(claim).attempts - 1, 0)
        release(claim, next_attempt_at=timezone.now(), queued_at=None, attempts=attempts)


def release(claim: Claim, **values: object) -> None:
    """Give the lease back, and save these values of the LocalCopy.

    Call it in the transaction of `locked`.
    """
    LocalCopy.objects.filter(pk=claim.local_copy_id).update(lease_token=None, lease_until=None, **values)
