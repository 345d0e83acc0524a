"""The last transaction of a sync: what the branch holds now, what follows from it, and who is told.

Everything here happens under the lock of the Clone's row, at once or not at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from random import SystemRandom

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from gitsync.events import announce
from gitsync.git import store
from gitsync.git.failures import QUARANTINE, SILENT, SLOW, Reason, TransportFailed
from gitsync.git.transport import RemoteRefs
from gitsync.models import Commit, LocalCopy, Push, Registration, Repository, Request
from gitsync.syncing import accepted_messages, lease, rematch, sync_queue
from gitsync.syncing.lease import Claim
from gitsync.syncing.recording import BATCH

BACKOFF = [timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1), timedelta(hours=6)]
SLOW_BACKOFF = [timedelta(minutes=15), timedelta(hours=1), timedelta(hours=6), timedelta(hours=24)]


@dataclass(frozen=True)
class Movement:
    """What the branch gained and lost, as shas; `gained` is parents first."""

    gained: Sequence[str] = ()
    lost: Sequence[str] = ()


def settle(claim: Claim, start: LocalCopy, remote: RemoteRefs, movement: Movement) -> bool:
    """A good sync ends; whether another one was wished for meanwhile. `start`: the Clone that it began from."""
    now = timezone.now()
    with transaction.atomic():
        local_copy = lease.locked(claim)
        registrations = _registrations(claim.repository_id)
        if not registrations or (local_copy.head, local_copy.heads) != (start.head, start.heads):
            lease.release(claim, dirty=True, next_attempt_at=now)  # emptied meanwhile: begin again from there
            return True
        completed = _completed(registrations, movement)
        _mark(claim.repository_id, movement.lost, reachable=False)
        _mark(claim.repository_id, movement.gained, reachable=True)
        fresh = Commit.objects.filter(repository_id=claim.repository_id, pk__gt=local_copy.announced_until)
        newest = fresh.aggregate(newest=Max("pk"))["newest"]
        for registration in registrations if newest else ():
            rematch.match_commits(registration, rematch.seen(fresh))
        moved = local_copy.head != remote.head
        if moved:
            _push(local_copy, remote, movement)
        if local_copy.status != LocalCopy.Status.PAUSED:  # meanwhile
            local_copy.status = LocalCopy.Status.OK
        local_copy.head, local_copy.last_good_at, local_copy.reason = (
            remote.head,
            now,
            "",
        )  # whatever it failed by before is over
        for registration in registrations:
            announce.after_success(
                registration,
                movement.gained,
                local_copy=local_copy,
                moved=moved,
                rewritten=bool(movement.lost),
                was_completed=completed.get(registration.pk, ()),
            )
        _finish_requests(local_copy)
        again = local_copy.sync_request_count != claim.sync_request_count
        lease.release(
            claim,
            status=local_copy.status,
            head=local_copy.head,
            last_good_at=now,
            dirty=again,
            dirty_at=now,
            attempts=0,
            reason="",
            detail="",
            failing_since=None,
            next_attempt_at=now + sync_queue.SYNC_SPACING,
            refs_requested_at=remote.requested_at,
            branch=remote.branch[:255],
            heads=remote.heads,
            moved_at=now if moved else local_copy.moved_at,
            announced_until=newest or local_copy.announced_until,
            size_bytes=store.size(local_copy.folder) if moved or newest else local_copy.size_bytes,
        )
        return again


def forget(claim: Claim) -> bool:
    """The last registration has gone: the store goes under the lease, then the Address with its rows."""
    with transaction.atomic():
        local_copy = lease.locked(claim)
        if Registration.objects.filter(repository_id=claim.repository_id).exists():
            lease.release(claim, dirty=True, next_attempt_at=timezone.now())
            return True
        store.remove(local_copy.folder)
        _finish_requests(local_copy)
        Repository.objects.filter(pk=claim.repository_id).delete()
    return False


def settle_failure(claim: Claim, failed: TransportFailed) -> None:
    """A sync could not be done: say so where a person looks, tell each registration once, and try again later."""
    now = timezone.now()
    with transaction.atomic():
        local_copy = lease.locked(claim)
        if failed.reason in QUARANTINE:
            status = LocalCopy.Status.QUARANTINED
        elif local_copy.attempts >= lease.TRIES or local_copy.status == LocalCopy.Status.PAUSED:
            status = LocalCopy.Status.PAUSED
        else:
            status = LocalCopy.Status.FAILING
        for registration in _registrations(claim.repository_id):
            announce.after_failure(registration, failed.reason)
        if failed.reason not in SILENT:
            _finish_requests(local_copy, error=failed.reason)
        lease.release(
            claim,
            status=status,
            reason=failed.reason,
            detail=failed.detail,
            failing_since=local_copy.failing_since or now,
            next_attempt_at=now + backoff(local_copy.attempts, failed.reason),
        )


def backoff(attempts: int, reason: Reason) -> timedelta:
    """How long to wait after the n-th start in a row without a good end: a little longer than the step, at random."""
    steps = SLOW_BACKOFF if reason in SLOW else BACKOFF
    step = steps[min(max(attempts, 1), len(steps)) - 1]
    return step * SystemRandom().uniform(1.0, 1.25)


def _registrations(repository_id: int) -> list[Registration]:
    found = Registration.objects.filter(repository_id=repository_id).select_related("course", "student")
    return list(found.order_by("pk"))


def _completed(registrations: list[Registration], movement: Movement) -> dict[int, set[str]]:
    """What was complete before; asked only where something moves (most looks find nothing) and it was told."""
    if not (movement.gained or movement.lost):
        return {}
    told = [one for one in registrations if one.announced == Registration.Announced.CLONED]
    return {registration.pk: announce.completed_exercises(registration) for registration in told}


def _mark(repository_id: int, shas: Sequence[str], *, reachable: bool) -> None:
    for start in range(0, len(shas), BATCH):
        some = shas[start : start + BATCH]
        Commit.objects.filter(repository_id=repository_id, sha__in=some).update(reachable=reachable)


def _push(local_copy: LocalCopy, remote: RemoteRefs, movement: Movement) -> None:
    Push.objects.create(
        repository_id=local_copy.repository_id,
        received_at=remote.answered_at,
        before=local_copy.head,
        after=remote.head,
        forced=bool(movement.lost),
    )


def _finish_requests(local_copy: LocalCopy, error: str = "") -> None:
    """Those that were there when this sync began; later ones have wished for the next."""
    begun = Request.objects.filter(repository_id=local_copy.repository_id, created_at__lte=local_copy.started_at)
    accepted_messages.finish(begun, error)
