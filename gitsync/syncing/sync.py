"""One repository, brought up to date: claim, fetch, walk, rows, last transaction, release.

No transaction stays open during network or Git work. Killed at any line and run again, the same rows result.
"""

import structlog

from gitsync.git import history, store, transport
from gitsync.git.failures import Reason, TransportFailed
from gitsync.git.history import History
from gitsync.git.transport import RemoteRefs, RemoteUrl
from gitsync.models import Commit, LocalCopy, Registration, Repository
from gitsync.syncing import finish, lease, recording, sync_queue
from gitsync.syncing.finish import Movement
from gitsync.syncing.lease import Claim, LeaseLost
from gitsync.syncing.recording import Window

log = structlog.get_logger(__name__)


def sync_repository(repository_id: int) -> bool:
    """Look at a repository if that is due; whether anything was done here. Never raises for what a server does."""
    claim = lease.claim(repository_id)
    if claim is None:
        return False
    try:
        with lease.kept(claim):
            again = _sync(claim)
        if again:
            sync_queue.wake(repository_id, after=sync_queue.SYNC_SPACING.total_seconds())
    except LeaseLost:
        log.warning("sync_abandoned", repository=repository_id)
        if not LocalCopy.objects.filter(pk=claim.local_copy_id).exists():
            store.remove(claim.folder)
    return True


def _sync(claim: Claim) -> bool:
    local_copy = LocalCopy.objects.select_related("repository").filter(pk=claim.local_copy_id).first()
    if local_copy is None:
        raise LeaseLost(str(claim.repository_id))
    if not Registration.objects.filter(repository_id=claim.repository_id).exists():
        return finish.forget(claim)
    try:
        try:
            remote, movement = _bring(claim, local_copy)
        except TransportFailed as failed:
            if failed.reason != Reason.BROKEN or not store.exists(claim.folder):
                raise
            log.warning("store_rebuilt", repository=claim.repository_id, detail=failed.detail)
            store.remove(claim.folder)  # only a cache, and perhaps it is ours that is damaged
            remote, movement = _bring(claim, local_copy)
        return finish.settle(claim, local_copy, remote, movement)
    except TransportFailed as failed:
        finish.settle_failure(claim, failed)
    except LeaseLost:
        raise
    except Exception as error:
        log.exception("sync_failed", repository=claim.repository_id)
        finish.settle_failure(claim, TransportFailed(Reason.INTERNAL, type(error).__name__))
    return False


def _bring(claim: Claim, local_copy: LocalCopy) -> tuple[RemoteRefs, Movement]:
    remote = _fetch(local_copy)
    return remote, Movement() if _unchanged(local_copy, remote) else _record(claim, local_copy, remote)


def _fetch(local_copy: LocalCopy) -> RemoteRefs:
    repository = local_copy.repository
    where = RemoteUrl(repository.scheme, repository.host, repository.fetch_path or repository.path)
    remote = _fetch_into(local_copy, where, local_copy.heads)
    if remote.heads and not _unchanged(local_copy, remote) and not store.exists(local_copy.folder):
        remote = _fetch_into(local_copy, where, {})  # only HEAD moved, and the store was made on another machine
    if remote.path != repository.fetch_path:
        Repository.objects.filter(pk=repository.pk).update(fetch_path=remote.path)
    return remote


def _fetch_into(local_copy: LocalCopy, where: RemoteUrl, known: dict[str, str]) -> RemoteRefs:
    with store.incoming(local_copy.folder) as incoming:
        remote = transport.fetch(where, known, local_copy.branch, incoming.open)
        incoming.install(remote.heads.values())
    return remote


def _unchanged(local_copy: LocalCopy, remote: RemoteRefs) -> bool:
    return local_copy.heads == remote.heads and local_copy.head == remote.head


def _record(claim: Claim, local_copy: LocalCopy, remote: RemoteRefs) -> Movement:
    """Rows for every new commit of every branch; what the branch gained and lost."""
    if not remote.heads:
        return Movement(lost=_all_reachable(local_copy))
    with history.open_store(local_copy.folder) as past:
        window = Window(local_copy.refs_requested_at, remote.answered_at)
        recording.record(claim, past, remote.heads.values(), local_copy.heads.values(), window)
        return _movement(past, local_copy, remote)


def _movement(past: History, local_copy: LocalCopy, remote: RemoteRefs) -> Movement:
    if not local_copy.head or past.has(local_copy.head):
        gained = past.commits_between([remote.head], [local_copy.head])
        lost = past.commits_between([local_copy.head], [remote.head]) if local_copy.head else []
        return Movement(gained, lost)
    # The store was made anew and the old head is gone with the old one: compare with the rows.
    present = past.commits_between([remote.head])
    before = set(_all_reachable(local_copy))
    return Movement([sha for sha in present if sha not in before], sorted(before.difference(present)))


def _all_reachable(local_copy: LocalCopy) -> list[str]:
    rows = Commit.objects.filter(repository_id=local_copy.repository_id, reachable=True)
    return list(rows.order_by("pk").values_list("sha", flat=True))
