"""Who works on a Clone: a lease in its row, taken under the row's lock and renewed while the work goes on.

The token tells a holder whose lease ran out (a machine that slept) from the one who took over: every write that
matters checks it under the row's lock.
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

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=60)
RENEW_SECONDS = 20.0
TRIES = 20  # starts without a good end; then it is paused until a person looks


class LeaseLost(Exception):
    """Somebody else works on this Clone, or it was deleted: stop, and leave no trace."""


@dataclass(frozen=True)
class Claim:
    """`asked` is the count of wishes that this sync will have answered."""

    repository_id: int
    local_copy_id: int
    folder: uuid.UUID
    token: uuid.UUID
    sync_request_count: int


def claim(repository_id: int) -> Claim | None:
    """Take the Clone of an Address if it is due and free; None when there is nothing to do for us."""
    now = timezone.now()
    due = LocalCopy.objects.due(now).filter(repository_id=repository_id)
    if not due.exists():  # nearly always so for a second hint; nobody waits for a row to learn it
        return None
    with transaction.atomic():
        # By its row, as every other writer: an update that looks by its conditions meets them in MariaDB's indexes
        # the other way round, and one of the two is undone.
        LocalCopy.objects.locked(repository_id)
        local_copy = due.first()
        if local_copy is None:
            return None
        token = uuid.uuid4()
        LocalCopy.objects.filter(pk=local_copy.pk).update(
            lease_token=token, lease_until=now + LEASE, started_at=now, attempts=local_copy.attempts + 1
        )
    return Claim(repository_id, local_copy.pk, local_copy.folder, token, local_copy.sync_request_count)


def locked(claim: Claim) -> LocalCopy:
    """The Clone, its row locked; LeaseLost when it is no longer ours. Call it first in every transaction."""
    local_copy = LocalCopy.objects.locked(claim.repository_id)
    if local_copy is None or local_copy.lease_token != claim.token:
        raise LeaseLost(str(claim.repository_id))
    return local_copy


@contextmanager
def kept(claim: Claim) -> Iterator[None]:
    """Renew the lease from a thread while the block runs; a process that dies renews nothing."""
    done = threading.Event()

    def renew() -> None:
        while not done.wait(RENEW_SECONDS):
            try:
                LocalCopy.objects.filter(pk=claim.local_copy_id, lease_token=claim.token).update(
                    lease_until=timezone.now() + LEASE
                )
            except DatabaseError as error:  # the next turn tries again, well before the lease is over
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


def release(claim: Claim, **values: object) -> None:
    """Give the Clone back with these values. Within the transaction of `locked`."""
    LocalCopy.objects.filter(pk=claim.local_copy_id).update(lease_token=None, lease_until=None, **values)
