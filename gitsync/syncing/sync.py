"""Sync one repository: take its lease, fetch, record new commits, and finish.

No transaction stays open during network or Git work. A sync that is killed at any line and run again gives the same
rows.
"""

from dataclasses import replace

import structlog

from gitsync.git import history, store, transport
from gitsync.git.failures import Reason, TransportFailed
from gitsync.git.history import History
from gitsync.git.transport import RemoteRefs, RemoteUrl
from gitsync.models import Commit, LocalCopy, Registration, Repository
from gitsync.rules.repository_url import is_public_server
from gitsync.syncing import finish, lease, recording, sync_queue
from gitsync.syncing.finish import BranchChange
from gitsync.syncing.lease import Claim, LeaseLost
from gitsync.syncing.recording import ReadWindow

log = structlog.get_logger(__name__)

OTHER_BRANCHES = 5  # branches with newer work that are kept
OWN_BRANCHES = "atelier-"  # a student pushes such a branch to prove that a repository is theirs


def sync_repository(repository_id: int) -> bool:
    """Sync a repository if it is due; return whether this worker did it.

    Errors of a server never raise here: they become the repository's state.
    """
    claim = lease.claim(repository_id)
    if claim is None:
        return False
    try:
        with lease.renewed(claim):
            again = _sync(claim)
        if again:
            sync_queue.queue_sync(repository_id, after=sync_queue.SYNC_SPACING.total_seconds())
    except LeaseLost:
        log.warning("sync_abandoned", repository=repository_id)
        if not LocalCopy.objects.filter(pk=claim.local_copy_id).exists():
            store.remove(claim.folder)
    return True


def _sync(claim: Claim) -> bool:
    """Do the work under the lease; return whether to sync again."""
    local_copy = LocalCopy.objects.select_related("repository").filter(pk=claim.local_copy_id).first()
    if local_copy is None:
        raise LeaseLost(str(claim.repository_id))
    if not Registration.objects.filter(repository_id=claim.repository_id).exists():
        return finish.remove_repository(claim)
    try:
        try:
            remote, change = _fetch_and_record(claim, local_copy)
        except TransportFailed as failed:
            if failed.reason != Reason.BROKEN or not store.exists(claim.folder):
                raise
            log.warning("store_rebuilt", repository=claim.repository_id, detail=failed.detail)
            store.remove(claim.folder)  # our cache may be what is damaged
            remote, change = _fetch_and_record(claim, local_copy)
        return finish.record_success(claim, local_copy, remote, change)
    except TransportFailed as failed:
        finish.record_failure(claim, failed)
    except LeaseLost:
        raise
    except Exception as error:
        log.exception("sync_failed", repository=claim.repository_id)
        finish.record_failure(claim, TransportFailed(Reason.INTERNAL, type(error).__name__))
    return False


def _fetch_and_record(claim: Claim, local_copy: LocalCopy) -> tuple[RemoteRefs, BranchChange]:
    remote = _fetch(local_copy)
    return remote, BranchChange() if _is_unchanged(local_copy, remote) else _record(claim, local_copy, remote)


def _fetch(local_copy: LocalCopy) -> RemoteRefs:
    repository = local_copy.repository
    url = RemoteUrl(repository.scheme, repository.host, repository.fetch_path or repository.path)
    public = is_public_server(repository.scheme, repository.host)
    if not public:  # before anything is read, so that nothing private is ever shown
        _set_public(repository, public=False)
    remote = _fetch_into_store(local_copy, url, local_copy.heads)
    if remote.heads and not _is_unchanged(local_copy, remote) and not store.exists(local_copy.folder):
        remote = _fetch_into_store(local_copy, url, {})  # only HEAD moved, and the store is on another machine
    if remote.path != repository.fetch_path:
        Repository.objects.filter(pk=repository.pk).update(fetch_path=remote.path)
    if public:  # only now that it was read without a permission of this installation
        _set_public(repository, public=True)
    return remote


def _set_public(repository: Repository, *, public: bool) -> None:
    if repository.public != public:
        Repository.objects.filter(pk=repository.pk).update(public=public)
        repository.public = public


def _fetch_into_store(local_copy: LocalCopy, url: RemoteUrl, known_heads: dict[str, str]) -> RemoteRefs:
    with store.incoming(local_copy.folder) as incoming:
        remote = transport.fetch(url, known_heads, local_copy.branch, incoming.open)
        incoming.install(remote.heads.values())
    if chosen := remote.heads.get(local_copy.chosen_branch):
        return replace(remote, branch=local_copy.chosen_branch, head=chosen)
    return remote


def _is_unchanged(local_copy: LocalCopy, remote: RemoteRefs) -> bool:
    return local_copy.heads == remote.heads and local_copy.head == remote.head


def _record(claim: Claim, local_copy: LocalCopy, remote: RemoteRefs) -> BranchChange:
    """Write rows for every new commit of every branch; return what the branch gained and lost."""
    if not remote.heads:
        return BranchChange(lost=_reachable_shas(local_copy), other_branches=[])
    with history.open_store(local_copy.folder) as commit_history:
        window = ReadWindow(local_copy.refs_requested_at, remote.answered_at)
        recording.record(claim, commit_history, remote.heads.values(), local_copy.heads.values(), window)
        change = _branch_change(commit_history, local_copy, remote)
        return replace(change, other_branches=_other_branches(commit_history, claim.repository_id, remote))


def _other_branches(commit_history: History, repository_id: int, remote: RemoteRefs) -> list[tuple[str, int]]:
    """Return the branches with newer work than the one that counts, the newest first, with their number of commits."""
    shas = set(remote.heads.values())
    rows = Commit.objects.filter(repository_id=repository_id, sha__in=shas)
    times = dict(rows.values_list("sha", "committer_time"))
    counted = times.get(remote.head, 0)
    newer = {name: times[sha] for name, sha in remote.heads.items() if times.get(sha, 0) > counted}
    named = [name for name in sorted(newer, key=lambda name: (-newer[name], name)) if not name.startswith(OWN_BRANCHES)]
    counts = [
        (name[:255], len(commit_history.commits_between([remote.heads[name]], [remote.head])))
        for name in named[:OTHER_BRANCHES]
    ]
    return [(name, number) for name, number in counts if number]


def _branch_change(commit_history: History, local_copy: LocalCopy, remote: RemoteRefs) -> BranchChange:
    if not local_copy.head or commit_history.has(local_copy.head):
        gained = commit_history.commits_between([remote.head], [local_copy.head])
        lost = commit_history.commits_between([local_copy.head], [remote.head]) if local_copy.head else []
        return BranchChange(gained, lost)
    # The store was built again and lacks the old head: compare with the rows instead.
    present = commit_history.commits_between([remote.head])
    before = set(_reachable_shas(local_copy))
    return BranchChange([sha for sha in present if sha not in before], sorted(before.difference(present)))


def _reachable_shas(local_copy: LocalCopy) -> list[str]:
    rows = Commit.objects.filter(repository_id=local_copy.repository_id, reachable=True)
    return list(rows.order_by("pk").values_list("sha", flat=True))
