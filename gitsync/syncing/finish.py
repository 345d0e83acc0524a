"""The last transaction of a sync: mark reachable commits, match them, write the events.

Everything here happens under the lock of the LocalCopy row, in one transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import Max, Q
from django.utils import timezone

from gitsync.events import announce
from gitsync.git import store
from gitsync.git.failures import QUARANTINE, SILENT, TransportFailed
from gitsync.git.transport import RemoteRefs
from gitsync.models import Commit, LocalCopy, Push, Registration, Repository, Request
from gitsync.syncing import accepted_messages, derived_rows, lease, retry_delays, sync_queue
from gitsync.syncing.lease import Claim
from gitsync.syncing.recording import BATCH
from gitsync.syncing.served_courses import ServedCourses
from kernel.database.bulk import insert_row
from kernel.database.compiled import CompiledQuery
from kernel.database.placeholders import placeholders
from kernel.database.wrong_clock import too_far_ahead

REGISTRATIONS = CompiledQuery(
    lambda repository: (
        Registration.objects.filter(repository=repository)
        .select_related("course", "student", "repository")
        .order_by("pk")
    )
)
NEWEST = CompiledQuery(
    lambda repository, after: (
        Commit.objects.filter(repository=repository, pk__gt=after)
        .values("repository")
        .annotate(newest=Max("pk"))
        .values_list("newest")
    )
)
MARK = "UPDATE gitsync_commit SET reachable = %s WHERE address_id = %s AND sha IN ({shas})"


@dataclass(frozen=True)
class BranchChange:
    """The shas that the branch gained and lost; `gained` is parents first.

    `other_branches` is that of the LocalCopy, None when no branch has changed.
    """

    gained: Sequence[str] = ()
    lost: Sequence[str] = ()
    other_branches: list[tuple[str, int]] | None = None


def record_success(
    claim: Claim, start: LocalCopy, remote: RemoteRefs, change: BranchChange, served: ServedCourses
) -> bool:
    """End a successful sync; return whether another one was requested meanwhile.

    `start` is the LocalCopy as it was when the sync began. `served` are the courses that may be shown the repository.
    """
    now = timezone.now()
    with transaction.atomic():
        local_copy = lease.locked(claim)
        registrations = REGISTRATIONS.rows(claim.repository_id)
        if registrations:
            local_copy.repository = registrations[0].repository
        if not (registrations or local_copy.repository.is_used()) or _is_outdated(start, local_copy):
            lease.release(claim, dirty=True, next_attempt_at=now)  # changed meanwhile: start again from the new state
            return True
        completed = _completed_before(registrations, change)
        _mark(claim.repository_id, change.lost, reachable=False)
        _mark(claim.repository_id, change.gained, reachable=True)
        new_commits = Commit.objects.filter(repository_id=claim.repository_id, pk__gt=local_copy.announced_until)
        newest = next((newest for (newest,) in NEWEST.rows(claim.repository_id, local_copy.announced_until)), None)
        for registration in registrations if newest else ():
            derived_rows.match_commits(registration, derived_rows.matchable_commits(new_commits))
        moved = local_copy.head != remote.head
        another_branch = _is_chosen(start, remote)
        if moved:
            _record_push(local_copy, remote, forced=bool(change.lost) and not another_branch)
        if local_copy.status != LocalCopy.Status.PAUSED:  # staff may have paused it meanwhile
            local_copy.status = LocalCopy.Status.OK
        # The failure of an earlier sync is over, so `reason` is empty before the events are written.
        local_copy.head, local_copy.last_good_at, local_copy.reason = remote.head, now, ""
        for registration in registrations:
            if registration.permitted != served.serve(registration.course_id):
                registration.permitted = not registration.permitted
                registration.save(update_fields=["permitted"])
            announce.after_success(
                registration,
                change.gained,
                local_copy=local_copy,
                moved=moved,
                rewritten=bool(change.lost),
                another_branch=another_branch,
                was_completed=completed.get(registration.pk, ()),
            )
        accepted_messages.fail_hidden(registrations)
        _finish_requests(local_copy)
        requested_again = local_copy.sync_request_count != claim.sync_request_count
        lease.release(
            claim,
            status=local_copy.status,
            head=local_copy.head,
            last_good_at=now,
            dirty=requested_again,
            dirty_at=now,
            attempts=0,
            reason="",
            detail="",
            failing_since=None,
            next_attempt_at=now + sync_queue.SYNC_SPACING,
            refs_requested_at=remote.requested_at,
            branch=remote.branch[:255],
            heads=remote.heads,
            other_branches=local_copy.other_branches if change.other_branches is None else change.other_branches,
            moved_at=now if moved else local_copy.moved_at,
            announced_until=newest or local_copy.announced_until,
            read_with=start.read_with_id,
            size_bytes=store.size(local_copy.folder) if moved or newest else local_copy.size_bytes,
        )
        return requested_again


def remove_repository(claim: Claim) -> bool:
    """Remove the store under the lease, and delete the Repository with its rows.

    Call this when nobody has given it any more.

    Return whether to sync again because somebody gave it meanwhile.
    """
    with transaction.atomic():
        local_copy = lease.locked(claim)
        if local_copy.repository.is_used():
            lease.release(claim, dirty=True, next_attempt_at=timezone.now())
            return True
        store.remove(local_copy.folder)
        _finish_requests(local_copy)
        Repository.objects.filter(pk=claim.repository_id).delete()
    return False


def record_failure(claim: Claim, failed: TransportFailed, start: LocalCopy | None = None) -> bool:
    """End a failed sync: save the reason, announce it, and set the next attempt.

    A sync that read a part counts as the first attempt: the next one has less to do, so it comes soon.

    `start` is the LocalCopy as it was when the sync began, None when it has not begun. Return whether to sync again,
    because somebody gave the repository another address or branch meanwhile: then the failure says nothing about it.
    """
    now = timezone.now()
    with transaction.atomic():
        local_copy = lease.locked(claim)
        if start is not None and _is_outdated(start, local_copy):
            lease.release(claim, dirty=True, next_attempt_at=now, attempts=max(local_copy.attempts - 1, 0))
            return True
        attempts = 1 if failed.goes_on else local_copy.attempts
        if failed.reason in QUARANTINE:
            status = LocalCopy.Status.QUARANTINED
        elif attempts >= lease.MAX_ATTEMPTS or local_copy.status == LocalCopy.Status.PAUSED:
            status = LocalCopy.Status.PAUSED
        else:
            status = LocalCopy.Status.FAILING
        for registration in REGISTRATIONS.rows(claim.repository_id):
            announce.after_failure(registration, failed.reason)
        if status == LocalCopy.Status.PAUSED:  # no later sync would end them
            accepted_messages.finish(Request.objects.filter(repository=claim.repository_id), failed.reason)
        elif failed.reason not in SILENT:
            _finish_requests(local_copy, error=failed.reason)
        lease.release(
            claim,
            status=status,
            reason=failed.reason,
            detail=failed.detail,
            failing_since=local_copy.failing_since or now,
            attempts=attempts,
            next_attempt_at=now + retry_delays.backoff(attempts, failed.reason),
        )
    return False


def _is_outdated(start: LocalCopy, local_copy: LocalCopy) -> bool:
    """Whether what this sync has read is no longer what is wanted.

    Another sync has ended meanwhile, the teacher chose another branch or took the choice back, or the repository got
    another address.
    """
    before, now = start.repository, local_copy.repository
    return (start.head, start.heads, start.chosen_branch, before.host, before.path_hash) != (
        local_copy.head,
        local_copy.heads,
        local_copy.chosen_branch,
        now.host,
        now.path_hash,
    )


def _completed_before(registrations: list[Registration], change: BranchChange) -> dict[int, set[str]]:
    """Return the exercises completed before the change, by registration.

    Most syncs change nothing, and then nothing is read.
    """
    if not (change.gained or change.lost):
        return {}
    return {
        registration.pk: announce.completed_exercises(registration)
        for registration in registrations
        if registration.announced == Registration.Announced.CLONED
    }


def _mark(repository_id: int, shas: Sequence[str], *, reachable: bool) -> None:
    with connection.cursor() as cursor:
        for start in range(0, len(shas), BATCH):
            batch = shas[start : start + BATCH]
            cursor.execute(MARK.format(shas=placeholders(batch)), [reachable, repository_id, *batch])


def _is_chosen(start: LocalCopy, remote: RemoteRefs) -> bool:
    """Whether another branch counts because the teacher chose it: the student has rewritten nothing.

    `domain.branches` empties `branch` when the teacher chooses the default branch again.
    """
    return remote.branch != start.branch and (not start.branch or remote.branch == start.chosen_branch)


def _record_push(local_copy: LocalCopy, remote: RemoteRefs, *, forced: bool) -> None:
    insert_row(
        Push,
        repository_id=local_copy.repository_id,
        received_at=remote.answered_at,
        before=local_copy.head,
        after=remote.head,
        forced=forced,
    )


def _finish_requests(local_copy: LocalCopy, error: str = "") -> None:
    """Finish the messages that were there when this sync began.

    Later messages have requested the next sync.
    """
    of_repository = Request.objects.filter(repository_id=local_copy.repository_id)
    earlier = Q(created_at__lte=local_copy.started_at) | too_far_ahead("created_at", timezone.now())
    accepted_messages.finish(of_repository.filter(earlier), error)
