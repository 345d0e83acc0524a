"""One repository, brought up to date: claim, fetch, walk, rows, last transaction, release.

No transaction stays open during network or Git work. Killed at any line and run again, the same rows result.
"""

import structlog

from gitsync.git import history, store, transport
from gitsync.git.failures import Reason, TransportFailed
from gitsync.git.history import History
from gitsync.git.transport import Place, Remote
from gitsync.models import Address, Clone, Commit, Registration
from gitsync.syncing import finish, lease, recording, sync_queue
from gitsync.syncing.finish import Movement
from gitsync.syncing.lease import Claim, LeaseLost
from gitsync.syncing.recording import Window

log = structlog.get_logger(__name__)


def sync_address(address_id: int) -> bool:
    """Look at a repository if that is due; whether anything was done here. Never raises for what a server does."""
    claim = lease.claim(address_id)
    if claim is None:
        return False
    try:
        with lease.kept(claim):
            again = _sync(claim)
        if again:
            sync_queue.wake(address_id, after=sync_queue.SYNC_SPACING.total_seconds())
    except LeaseLost:
        log.warning("sync_abandoned", address=address_id)
        if not Clone.objects.filter(pk=claim.clone_id).exists():
            store.remove(claim.folder)
    return True


def _sync(claim: Claim) -> bool:
    clone = Clone.objects.select_related("address").filter(pk=claim.clone_id).first()
    if clone is None:
        raise LeaseLost(str(claim.address_id))
    if not Registration.objects.filter(address_id=claim.address_id).exists():
        return finish.forget(claim)
    try:
        try:
            remote, movement = _bring(claim, clone)
        except TransportFailed as failed:
            if failed.reason != Reason.BROKEN or not store.exists(claim.folder):
                raise
            log.warning("store_rebuilt", address=claim.address_id, detail=failed.detail)
            store.remove(claim.folder)  # only a cache, and perhaps it is ours that is damaged
            remote, movement = _bring(claim, clone)
        return finish.settle(claim, clone, remote, movement)
    except TransportFailed as failed:
        finish.settle_failure(claim, failed)
    except LeaseLost:
        raise
    except Exception as error:
        log.exception("sync_failed", address=claim.address_id)
        finish.settle_failure(claim, TransportFailed(Reason.INTERNAL, type(error).__name__))
    return False


def _bring(claim: Claim, clone: Clone) -> tuple[Remote, Movement]:
    remote = _fetch(clone)
    return remote, Movement() if _unchanged(clone, remote) else _record(claim, clone, remote)


def _fetch(clone: Clone) -> Remote:
    address = clone.address
    where = Place(address.scheme, address.host, address.fetch_path or address.path)
    remote = _fetch_into(clone, where, clone.heads)
    if remote.heads and not _unchanged(clone, remote) and not store.exists(clone.folder):
        remote = _fetch_into(clone, where, {})  # only HEAD moved, and the store was made on another machine
    if remote.path != address.fetch_path:
        Address.objects.filter(pk=address.pk).update(fetch_path=remote.path)
    return remote


def _fetch_into(clone: Clone, where: Place, known: dict[str, str]) -> Remote:
    with store.incoming(clone.folder) as incoming:
        remote = transport.fetch(where, known, clone.branch, incoming.open)
        incoming.keep(remote.heads.values())
    return remote


def _unchanged(clone: Clone, remote: Remote) -> bool:
    return clone.heads == remote.heads and clone.head == remote.head


def _record(claim: Claim, clone: Clone, remote: Remote) -> Movement:
    """Rows for every new commit of every branch; what the branch gained and lost."""
    if not remote.heads:
        return Movement(lost=_all_reachable(clone))
    with history.opened(clone.folder) as past:
        window = Window(clone.refs_asked_at, remote.answered_at)
        recording.record(claim, past, remote.heads.values(), clone.heads.values(), window)
        return _movement(past, clone, remote)


def _movement(past: History, clone: Clone, remote: Remote) -> Movement:
    if not clone.head or past.has(clone.head):
        gained = past.between([remote.head], [clone.head])
        lost = past.between([clone.head], [remote.head]) if clone.head else []
        return Movement(gained, lost)
    # The store was made anew and the old head is gone with the old one: compare with the rows.
    present = past.between([remote.head])
    before = set(_all_reachable(clone))
    return Movement([sha for sha in present if sha not in before], sorted(before.difference(present)))


def _all_reachable(clone: Clone) -> list[str]:
    rows = Commit.objects.filter(address_id=clone.address_id, reachable=True)
    return list(rows.order_by("pk").values_list("sha", flat=True))
