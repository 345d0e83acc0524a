"""From a store to rows: commits and their files, in slices, parents first.

The rows stay hidden (`reachable` is false) until `finish.record_success` marks them. A sync that dies before leaves
rows that the next sync finds and keeps.
"""

import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Min

from gitsync.git.commit_parsing import CommitRow, FileRow
from gitsync.git.failures import Reason, TransportFailed
from gitsync.git.history import History
from gitsync.git.remarks import join_remarks
from gitsync.models import Commit, Delivery, FileChange
from gitsync.rules.lateness import late_time
from gitsync.syncing import lease
from gitsync.syncing.lease import Claim
from kernel.database import bulk

SLICE = 1000  # commits in one transaction
FILES_AT_ONCE = 50_000  # files in one transaction
MAX_FILES = 300_000  # of a repository: a commit of two hundred bytes may change twenty thousand files
BATCH = 400  # keys in one query
COMMIT_COLUMNS = (
    "repository",
    "sha",
    "author_name",
    "author_email",
    "author_time",
    "committer_time",
    "seen_after",
    "seen_by",
    "late_time",
    "message",
    "parents_count",
    "reachable",
    "broken",
    "remarks",
)
FILE_COLUMNS = ("commit", *FileRow._fields)


@dataclass(frozen=True)
class ReadWindow:
    """The two reads of the refs between which commits appeared, in epoch seconds.

    `seen_after` is the last read without these commits, None when there was none. `seen_by` is the read that found
    them.
    """

    seen_after: int | None
    seen_by: int


def record(
    claim: Claim,
    history: History,
    heads: Collection[str],
    known: Collection[str],
    window: ReadWindow,
    ends_at: float,
) -> None:
    """Write rows for the commits reachable from `heads` and not from `known`.

    Existing rows stay as they are. Raises TransportFailed after `ends_at`, on the monotonic clock, and above MAX_FILES.
    What was read until then is kept, so the next sync goes on from there.
    """
    shas = history.commits_between(heads, known)
    receipts = _receipts(claim.repository_id, history, shas, known, window.seen_by)
    files = 0
    for start in range(0, len(shas), SLICE):
        slice_ = shas[start : start + SLICE]
        recorded = {sha for sha, _pk in existing(claim.repository_id, slice_)}
        for rows in _read(history, [sha for sha in slice_ if sha not in recorded], ends_at):
            new_files = sum(len(row.files) for row in rows)
            files += new_files
            if files > FILES_AT_ONCE and _stored_files(claim.repository_id) + new_files > MAX_FILES:
                raise TransportFailed(Reason.TOO_LARGE, f"more than {MAX_FILES} changed files in all commits")
            with transaction.atomic():
                lease.locked(claim)
                _write(claim.repository_id, rows, window, receipts)


def _stored_files(repository_id: int) -> int:
    return FileChange.objects.filter(commit__repository=repository_id).count()


def _read(history: History, shas: Sequence[str], ends_at: float) -> Iterator[list[CommitRow]]:
    """Yield the commits in lists that fit into memory. Raises TransportFailed after `ends_at`, after a last list."""
    rows: list[CommitRow] = []
    files = 0
    for sha in shas:
        if time.monotonic() > ends_at:
            yield rows
            raise TransportFailed(Reason.TOO_SLOW, f"commit {sha} was not reached in time")
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
        yield from Commit.objects.filter(repository_id=repository_id, sha__in=batch).values_list("sha", "pk")


def _write(repository_id: int, rows: list[CommitRow], window: ReadWindow, receipts: dict[str, int]) -> None:
    bulk.insert(Commit, COMMIT_COLUMNS, [_commit_values(repository_id, row, window, receipts) for row in rows])
    keys = dict(existing(repository_id, [row.sha for row in rows]))
    bulk.insert(FileChange, FILE_COLUMNS, [(keys[row.sha], *file) for row in rows for file in row.files])


def _commit_values(
    repository_id: int, row: CommitRow, window: ReadWindow, receipts: dict[str, int]
) -> tuple[object, ...]:
    seen_by = min(window.seen_by, receipts.get(row.sha, window.seen_by))
    return (
        repository_id,
        row.sha,
        row.author_name,
        row.author_email,
        row.author_time,
        row.committer_time,
        window.seen_after,
        seen_by,
        late_time(row.committer_time, window.seen_after, seen_by),
        row.message,
        min(len(row.parents), 32_767),
        False,
        row.broken,
        join_remarks(row.remarks),
    )


def _receipts(
    repository_id: int, history: History, shas: Sequence[str], known: Collection[str], seen_by: int
) -> dict[str, int]:
    """Return the receipt of the earliest hook that announced each commit, by sha.

    A hook announces the commits that its `after` reaches. Only receipts before `seen_by` count.
    """
    new_shas, receipts = set(shas), dict[str, int]()
    earlier = Delivery.objects.filter(repository_id=repository_id, received_at__lt=seen_by).exclude(after="")
    firsts = earlier.values("after").annotate(first=Min("received_at")).values_list("after", "first")
    # Later receipts come first, so that earlier ones overwrite them.
    for after, received_at in sorted(((after, first or 0) for after, first in firsts), key=lambda pair: -pair[1]):
        if after in new_shas:
            receipts.update(dict.fromkeys(history.commits_between([after], known), received_at))
    return receipts
