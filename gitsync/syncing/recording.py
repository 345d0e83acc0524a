"""From a store to rows: commits and their files, in slices, parents first, and the same again for what is there.

The rows wait unannounced (`reachable` false) until `settling` makes them count; a sync that dies in between leaves
rows that the next one finds and keeps.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Min

from gitsync.git.commit_parsing import CommitRow, FileRow
from gitsync.git.history import History
from gitsync.models import Commit, Delivery, FileChange
from gitsync.rules.lateness import late_time
from gitsync.syncing import lease
from gitsync.syncing.lease import Claim
from kernel.database import bulk

SLICE = 1000  # commits in one transaction
BATCH = 400  # keys in one query
COMMIT = (
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
)
FILE = ("commit", *FileRow._fields)


@dataclass(frozen=True)
class Window:
    """`seen_after`: the last look without these commits (None: never looked). `seen_by`: the look that found them."""

    seen_after: int | None
    seen_by: int


def record(claim: Claim, past: History, heads: Collection[str], known: Collection[str], window: Window) -> None:
    """Write the rows of what `heads` reach and `known` do not. Rows that exist are left as they are."""
    shas = past.commits_between(heads, known)
    receipts = _receipts(claim.repository_id, past, shas, known, window.seen_by)
    for start in range(0, len(shas), SLICE):
        some = shas[start : start + SLICE]
        known = {sha for sha, _pk in existing(claim.repository_id, some)}
        rows = [past.read_commit(sha) for sha in some if sha not in known]
        with transaction.atomic():
            lease.locked(claim)
            _write(claim.repository_id, rows, window, receipts)


def existing(repository_id: int, shas: Sequence[str]) -> Iterator[tuple[str, int]]:
    """(sha, primary key) of those that have a row."""
    for start in range(0, len(shas), BATCH):
        some = shas[start : start + BATCH]
        yield from Commit.objects.filter(repository_id=repository_id, sha__in=some).values_list("sha", "pk")


def _write(repository_id: int, rows: list[CommitRow], window: Window, receipts: dict[str, int]) -> None:
    bulk.insert(Commit, COMMIT, [_commit(repository_id, row, window, receipts) for row in rows])
    keys = dict(existing(repository_id, [row.sha for row in rows]))
    bulk.insert(FileChange, FILE, [(keys[row.sha], *file) for row in rows for file in row.files])


def _commit(repository_id: int, row: CommitRow, window: Window, receipts: dict[str, int]) -> tuple[object, ...]:
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
    )


def _receipts(
    repository_id: int, past: History, shas: Sequence[str], hidden: Collection[str], seen_by: int
) -> dict[str, int]:
    """For each commit the receipt of the earliest hook whose `after` reaches it, where that was before `seen_by`."""
    fresh, found = set(shas), dict[str, int]()
    earlier = Delivery.objects.filter(repository_id=repository_id, received_at__lt=seen_by).exclude(after="")
    firsts = earlier.values("after").annotate(first=Min("received_at")).values_list("after", "first")
    for after, received_at in sorted(((after, first or 0) for after, first in firsts), key=lambda pair: -pair[1]):
        if after in fresh:
            found.update(dict.fromkeys(past.commits_between([after], hidden), received_at))
    return found
