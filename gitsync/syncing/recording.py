"""From a store to rows: commits and their files, in slices, parents first.

The rows stay hidden (`reachable` is false) until `finish.record_success` marks them. A sync that dies before leaves
rows that the next sync finds and keeps.
"""

import time
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from django.db import transaction

from gitsync.git.commit_parsing import CommitRow, FileRow
from gitsync.git.failures import Reason, TransportFailed
from gitsync.git.history import History
from gitsync.git.remarks import join_remarks
from gitsync.models import Commit, FileChange
from gitsync.rules.reverts import named_commit, takes_back
from gitsync.syncing import lease
from gitsync.syncing.lease import Claim
from gitsync.syncing.receipts import ReadWindow, Receipts, announced_receipts
from kernel.database import bulk
from kernel.database.compiled import CompiledQuery, padded

SLICE = 1000  # commits in one transaction
FILES_AT_ONCE = 50_000  # files in one transaction
MAX_FILES = 300_000  # of a repository: a commit of two hundred bytes may change twenty thousand files
BATCH = 400  # keys in one query
KEYS = CompiledQuery(
    lambda repository, *shas: Commit.objects.filter(repository=repository, sha__in=shas).values_list("sha", "pk")
)
# Of this processor, for reading and writing the rows of one sync. A usual commit takes 0.3 ms.
CPU_SECONDS, CPU_SECONDS_PER_COMMIT = 10.0, 0.001
COMMIT_COLUMNS = (
    "repository",
    "sha",
    "author_name",
    "author_email",
    "author_time",
    "committer_time",
    "seen_after",
    "seen_by",
    "unconfirmed_receipt",
    "late_time",
    "message",
    "parents_count",
    "reachable",
    "broken",
    "remarks",
    "reverts",
)
FILE_COLUMNS = ("commit", *FileRow._fields)


def record(
    claim: Claim,
    history: History,
    heads: Collection[str],
    known: Collection[str],
    window: ReadWindow,
    ends_at: float,
) -> None:
    """Write rows for the commits reachable from `heads` and not from `known`.

    Existing rows stay as they are. Raises TransportFailed after `ends_at`, on the monotonic clock, after CPU_SECONDS,
    and above MAX_FILES. What was read until then is kept, so the next sync goes on from there.
    """
    shas = history.commits_between(heads, known)
    ends = _Ends(ends_at, time.thread_time() + CPU_SECONDS + CPU_SECONDS_PER_COMMIT * len(shas))
    receipts = announced_receipts(claim.repository_id, history, shas, window)
    files, first = 0, ""
    for start in range(0, len(shas), SLICE):
        slice_ = shas[start : start + SLICE]
        recorded = {sha for sha, _pk in existing(claim.repository_id, slice_)}
        new = [sha for sha in slice_ if sha not in recorded]
        first = first or next(iter(new), "")
        for rows in _read(history, new, first, ends):
            new_files = sum(len(row.files) for row in rows)
            files += new_files
            if files > FILES_AT_ONCE and _stored_files(claim.repository_id) + new_files > MAX_FILES:
                raise TransportFailed(Reason.TOO_LARGE, f"more than {MAX_FILES} changed files in all commits")
            with transaction.atomic():
                lease.locked(claim)
                _write(claim.repository_id, rows, window, receipts)


def _stored_files(repository_id: int) -> int:
    return FileChange.objects.filter(commit__repository=repository_id).count()


class _Ends(NamedTuple):
    """When reading ends: on the monotonic clock, and in the CPU seconds of this thread."""

    clock: float
    cpu: float


def _read(history: History, shas: Sequence[str], first: str, ends: _Ends) -> Iterator[list[CommitRow]]:
    """Yield the commits in lists that fit into memory.

    When the time has ended, yields a last list and raises TransportFailed. `first` is the first commit of this sync.
    """
    rows: list[CommitRow] = []
    files = 0
    for sha in shas:
        if time.monotonic() > ends.clock or time.thread_time() > ends.cpu:
            yield rows
            raise TransportFailed(Reason.TOO_SLOW, f"commit {sha} was not reached in time", goes_on=sha != first)
        row = history.read_commit(sha)
        rows.append(row)
        files += len(row.files)
        if files >= FILES_AT_ONCE:
            yield rows
            rows, files = [], 0
    yield rows


def existing(repository_id: int, shas: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Yield (sha, primary key) of the commits that have a row."""
    for start in range(0, len(shas), BATCH):
        batch = shas[start : start + BATCH]
        yield from KEYS.rows(repository_id, *padded(batch))


def _write(repository_id: int, rows: list[CommitRow], window: ReadWindow, receipts: Receipts) -> None:
    bulk.insert(Commit, COMMIT_COLUMNS, [_commit_values(repository_id, row, window, receipts) for row in rows])
    keys = dict(existing(repository_id, [row.sha for row in rows]))
    bulk.insert(FileChange, FILE_COLUMNS, [(keys[row.sha], *file) for row in rows for file in row.files])
    _mark_reverts(repository_id, rows)


def _mark_reverts(repository_id: int, rows: Sequence[CommitRow]) -> None:
    """Save which of these commits take back the whole effect of another commit. Most rows name none."""
    for row in rows:
        if named := named_commit(row.message):
            reverted = FileChange.objects.filter(commit__repository=repository_id, commit__sha=named).order_by()
            reverted = reverted.only("path_hash", "insertions", "deletions", "counts_unknown")
            if takes_back(row.files, reverted[: len(row.files) + 1]):  # never more than this commit's own files
                Commit.objects.filter(repository_id=repository_id, sha=row.sha).update(reverts=named)


def _commit_values(repository_id: int, row: CommitRow, window: ReadWindow, receipts: Receipts) -> tuple[object, ...]:
    times = receipts.times(row, window)
    return (
        repository_id,
        row.sha,
        row.author_name,
        row.author_email,
        row.author_time,
        row.committer_time,
        times.seen_after,
        times.seen_by,
        times.unconfirmed_receipt,
        times.late_time,
        row.message,
        min(len(row.parents), 32_767),
        False,
        row.broken,
        join_remarks(row.remarks),
        "",
    )
