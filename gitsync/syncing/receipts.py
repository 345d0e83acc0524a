"""When hooks announced the commits that a synchronization found."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from gitsync.git.commit_parsing import CommitRow
from gitsync.git.history import History
from gitsync.models import Delivery
from gitsync.rules.lateness import CommitTimes, ReceiptEffect, receipt_effect
from gitsync.syncing import deliveries
from kernel.database.compiled import CompiledQuery


def _hooks(repository: int, until: int, *since: int) -> "QuerySet[Delivery, tuple[str, int]]":
    """Return (sha, receipt) of the hooks that were received after `since`, if it is given, and not after `until`."""
    hooks = Delivery.objects.filter(repository=repository, received_at__lte=until).exclude(after="").order_by()
    for moment in since:
        hooks = hooks.filter(received_at__gt=moment)
    return hooks.values_list("after", "received_at")


HOOKS = CompiledQuery(_hooks)


@dataclass(frozen=True)
class ReadWindow:
    """The two reads of the refs between which commits appeared, in epoch seconds.

    `seen_after` is when the last read without these commits began, None when there was none. `read_began` and
    `seen_by` are the moments before the request and after the answer of the read that found them.
    """

    seen_after: int | None
    read_began: int
    seen_by: int


@dataclass(frozen=True)
class Receipts:
    """The earliest receipts of hooks that announced a commit, by sha, in epoch seconds.

    `counting` are those that the read confirmed, `unconfirmed` those that waited too long for a read.
    """

    counting: dict[str, int]
    unconfirmed: dict[str, int]

    def times(self, row: CommitRow, window: ReadWindow) -> CommitTimes:
        seen_by = min(window.seen_by, self.counting.get(row.sha, window.seen_by))
        receipt = self.unconfirmed.get(row.sha, seen_by)
        return CommitTimes(row.committer_time, window.seen_after, seen_by, receipt if receipt < seen_by else None)


def announced_receipts(repository_id: int, history: History, shas: Sequence[str], window: ReadWindow) -> Receipts:
    """Return the receipts of the hooks that announced these commits: a hook announces what its `after` reaches.

    shas: all new commits, parents first. They are walked once, however many hooks there are, and only from the first
        that a hook announced.

    Reads only the hooks since the last read: an earlier one is ignored (`rules.lateness.receipt_effect`).
    """
    deliveries.save_pending_of(repository_id)
    new_shas, receipts = set(shas), Receipts({}, {})
    by_effect = {ReceiptEffect.COUNTS: receipts.counting, ReceiptEffect.UNCONFIRMED: receipts.unconfirmed}
    seen_after = () if window.seen_after is None else (window.seen_after,)
    for after, received_at in HOOKS.rows(repository_id, window.read_began, *seen_after):
        times = by_effect.get(receipt_effect(received_at, window.seen_after, window.read_began))
        if times is not None and after in new_shas:
            _keep_earliest(times, after, received_at)
    _give_to_ancestors(history, shas, new_shas, receipts)
    return receipts


def _give_to_ancestors(history: History, shas: Sequence[str], new_shas: Collection[str], receipts: Receipts) -> None:
    """Give each receipt to all new ancestors of its commit, children before parents. The earliest one stays."""
    announced = {*receipts.counting, *receipts.unconfirmed}
    for sha in reversed(shas):
        if not announced:
            return
        if sha not in announced:
            continue
        announced.remove(sha)
        for parent in history.parents(sha):
            if parent in new_shas:
                announced.add(parent)
                for times in (receipts.counting, receipts.unconfirmed):
                    if sha in times:
                        _keep_earliest(times, parent, times[sha])


def _keep_earliest(times: dict[str, int], sha: str, received_at: int) -> None:
    times[sha] = min(received_at, times.get(sha, received_at))
