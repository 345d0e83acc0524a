"""Sync one repository: take its lease, fetch, record new commits, and finish.

No transaction stays open during network or Git work. A sync that is killed at any line and run again gives the same
rows.
"""

import time
from dataclasses import replace
from datetime import timedelta
from functools import partial

import structlog

from gitsync.git import access_check, history, store, transport
from gitsync.git.failures import Reason, TransportFailed
from gitsync.git.history import History
from gitsync.git.secrets import Secret
from gitsync.git.transport import Limits, RemoteRefs, RemoteUrl
from gitsync.models import Commit, LocalCopy
from gitsync.rules.branches import OWN_BRANCHES
from gitsync.syncing import (
    finish,
    lease,
    ownership,
    permitted_reads,
    recording,
    served_courses,
    slots,
    starters,
    sync_queue,
)
from gitsync.syncing.finish import BranchChange
from gitsync.syncing.lease import Claim, LeaseLost
from gitsync.syncing.receipts import ReadWindow
from gitsync.syncing.slots import GivenUp
from kernel.database.compiled import CompiledQuery
from kernel.database.wrong_clock import is_epoch_ahead

log = structlog.get_logger(__name__)
LOCAL_COPY = CompiledQuery(lambda pk: LocalCopy.objects.select_related("repository").filter(pk=pk))
FREED = 2  # waiting repositories that are queued when a sync has ended

SECONDS = 420.0  # of fetching and reading; then the sync ends by itself, and what was read is kept
CHECK_SECONDS = 20.0  # of asking whether a secret may read
READ_SECONDS = 100.0  # of these for reading and writing rows; 100,000 usual commits take a third of it
KILLED_FOR_TIME = timedelta(seconds=540)  # Celery kills a task after 600 s, and leases are renewed every 20 s
MAX_DEATHS = 5  # starts in a row whose worker may die, such as when the machine is switched off

OTHER_BRANCHES = 5  # branches with newer work that are kept


def sync_repository(repository_id: int) -> bool:
    """Sync a repository if it is due; return whether this worker did it.

    Errors of a server never raise here: they become the repository's state.
    """
    claim = lease.claim(repository_id)
    if claim is None:
        return False
    try:
        with lease.renewed(claim):
            again = _sync(claim) if _may_run(claim) else False
        if again:
            sync_queue.queue_sync(repository_id, after=sync_queue.SYNC_SPACING.total_seconds())
    except GivenUp:
        log.info("sync_waits_for_slow_slot", repository=repository_id)
        lease.put_back(claim)
    except LeaseLost:
        log.warning("sync_abandoned", repository=repository_id)
        if not LocalCopy.objects.filter(pk=claim.local_copy_id).exists():
            store.remove(claim.folder)
    slots.queue_waiting(FREED)
    return True


def _may_run(claim: Claim) -> bool:
    """Return whether to sync now; otherwise save why not, and when it is tried again.

    A worker that was killed for time would be killed again. So would one that died at each of several starts.
    """
    if claim.killed_after is None:
        return True
    if claim.killed_after >= KILLED_FOR_TIME:
        failed = TransportFailed(Reason.TOO_SLOW, "the worker was killed")
    elif claim.attempts > MAX_DEATHS:
        failed = TransportFailed(Reason.INTERNAL, "the worker died several times")
    else:
        return True
    log.warning("sync_killed", repository=claim.repository_id, attempts=claim.attempts, reason=failed.reason)
    finish.record_failure(claim, failed)
    return False


def _sync(claim: Claim) -> bool:
    """Do the work under the lease; return whether to sync again."""
    local_copy = next(iter(LOCAL_COPY.rows(claim.local_copy_id)), None)
    if local_copy is None:
        raise LeaseLost(str(claim.repository_id))
    if not local_copy.repository.is_used():
        return finish.remove_repository(claim)
    ends_at = time.monotonic() + SECONDS
    try:
        try:
            remote, change = _fetch_and_record(claim, local_copy, ends_at)
        except TransportFailed as failed:
            if failed.reason != Reason.BROKEN or not store.exists(claim.folder):
                raise
            log.warning("store_rebuilt", repository=claim.repository_id, detail=failed.detail)
            store.remove(claim.folder)  # our cache may be what is damaged
            remote, change = _fetch_and_record(claim, local_copy, ends_at)
        attempt = partial(_attempt, local_copy)
        served = served_courses.served_courses(local_copy, attempt)
        if served.has_unconfirmed:
            ownership.confirm_proven(local_copy, remote.heads, attempt)
        return finish.record_success(claim, local_copy, remote, change, served)
    except TransportFailed as failed:
        return finish.record_failure(claim, failed, local_copy)
    except (LeaseLost, GivenUp):
        raise
    except Exception as error:
        log.exception("sync_failed", repository=claim.repository_id)
        return finish.record_failure(claim, TransportFailed(Reason.INTERNAL, type(error).__name__), local_copy)


def _fetch_and_record(claim: Claim, local_copy: LocalCopy, ends_at: float) -> tuple[RemoteRefs, BranchChange]:
    """Fetch, and record what is new. `ends_at` is on the monotonic clock."""
    remote = _fetch(local_copy, ends_at)
    if _is_unchanged(local_copy, remote):
        return remote, BranchChange()
    return remote, _record(claim, local_copy, remote, ends_at)


def _fetch(local_copy: LocalCopy, ends_at: float) -> RemoteRefs:
    repository = local_copy.repository
    url = RemoteUrl(repository.scheme, repository.host, repository.fetch_path or repository.path)

    def contact(secret: Secret | None) -> RemoteRefs:
        remote = _fetch_into_store(local_copy, url, local_copy.heads, ends_at, secret)
        if remote.heads and not _is_unchanged(local_copy, remote) and not store.exists(local_copy.folder):
            # Only HEAD moved, and the store is on another machine.
            remote = _fetch_into_store(local_copy, url, {}, ends_at, secret)
        return remote

    remote = permitted_reads.read(local_copy, contact)
    if remote.path != repository.fetch_path:
        permitted_reads.at_this_address(repository).update(fetch_path=remote.path)
    return remote


def _attempt(local_copy: LocalCopy, secret: Secret) -> TransportFailed | None:
    """Read the branches with this secret and keep nothing; return why that failed, None when it did not."""
    repository = local_copy.repository
    url = RemoteUrl(repository.scheme, repository.host, repository.fetch_path or repository.path)
    with slots.contact(local_copy, url.host) as contact:
        return access_check.attempt(url, secret, Limits(seconds=min(contact.seconds, CHECK_SECONDS)))


def _fetch_into_store(
    local_copy: LocalCopy, url: RemoteUrl, known_heads: dict[str, str], ends_at: float, secret: Secret | None
) -> RemoteRefs:
    seconds = min(transport.DEADLINE_SECONDS, ends_at - time.monotonic())
    if seconds <= 0:
        raise TransportFailed(Reason.TOO_SLOW)
    with store.incoming(local_copy.folder) as incoming:
        with slots.contact(local_copy, url.host) as contact:
            limits = Limits(seconds=min(contact.seconds, seconds))
            remote = transport.fetch(url, known_heads, local_copy.branch, incoming.open, limits, secret)
            contact.received = remote.received
        incoming.install(remote.heads.values())
    if chosen := remote.heads.get(local_copy.chosen_branch):
        return replace(remote, branch=local_copy.chosen_branch, head=chosen)
    return remote


def _is_unchanged(local_copy: LocalCopy, remote: RemoteRefs) -> bool:
    return local_copy.heads == remote.heads and local_copy.head == remote.head


def _record(claim: Claim, local_copy: LocalCopy, remote: RemoteRefs, ends_at: float) -> BranchChange:
    """Write rows for every new commit of every branch; return what the branch gained and lost."""
    if not remote.heads:
        return BranchChange(lost=_reachable_shas(local_copy), other_branches=[])
    with history.open_store(local_copy.folder) as commit_history:
        ends_at = min(ends_at, time.monotonic() + READ_SECONDS)
        last_read = local_copy.refs_requested_at
        if is_epoch_ahead(last_read, remote.requested_at):
            last_read = None  # nobody knows when that was: a wrong clock makes no work late
        window = ReadWindow(last_read, remote.requested_at, remote.answered_at)
        starters.read_from(claim.repository_id, commit_history)
        recording.record(claim, commit_history, remote.heads.values(), local_copy.heads.values(), window, ends_at)
        starters.match_courses_again(claim.repository_id)
        change = _branch_change(commit_history, local_copy, remote)
        return replace(change, other_branches=_other_branches(commit_history, claim.repository_id, remote))


def _other_branches(commit_history: History, repository_id: int, remote: RemoteRefs) -> list[tuple[str, int]]:
    """Return the branches with newer work than the one that counts, the newest first, with their number of commits."""
    shas = set(remote.heads.values())
    if len(shas) == 1:
        return []
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
