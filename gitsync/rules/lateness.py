"""When a commit counts as handed in, and whether that is proven (docs/wire.md). All times are epoch seconds."""

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

CONFIRMED_WITHIN = 600  # seconds from the receipt of a hook to the read of the repository that confirms it


class ReceiptEffect(Enum):
    """What the receipt of a hook does to the times of the commits that it announced.

    COUNTS: the commits were there at the receipt. UNCONFIRMED: nobody looked in time, so it moves no time, and work
    that it would put on time is on time and unproven. IGNORED: a read after the receipt did not find the commits.
    """

    COUNTS = "counts"
    UNCONFIRMED = "unconfirmed"
    IGNORED = "ignored"


def receipt_effect(received_at: int, last_read: int | None, read_began: int) -> ReceiptEffect:
    """Return the effect of a hook's receipt on a commit that the read which began at `read_began` found first.

    `last_read` is when the last successful read without the commit began, None when there was none. A hook of the same
    second as that read is ignored: a hook starts a read, so a forged one would else always count.
    """
    if received_at > read_began or (last_read is not None and received_at <= last_read):
        return ReceiptEffect.IGNORED
    return ReceiptEffect.COUNTS if read_began - received_at <= CONFIRMED_WITHIN else ReceiptEffect.UNCONFIRMED


def late_time(committer_time: int, seen_after: int | None, seen_by: int) -> int:
    """Return the lateness time of a commit: min(max(committer_time, seen_after), seen_by).

    So it is not before the last read that lacked the commit, whatever the commit's own date says, and not after the
    moment when the commit was seen. `seen_after` is None on a first import, and then the commit's own date counts.
    """
    earliest = committer_time if seen_after is None else max(committer_time, seen_after)
    return min(earliest, seen_by)


def claimed_time(late_time: int, seen_after: int | None, unconfirmed_receipt: int | None) -> int:
    """Return the time that decides between on time and late: the lateness time, or an earlier unconfirmed receipt."""
    if unconfirmed_receipt is None or (seen_after is not None and unconfirmed_receipt <= seen_after):
        return late_time
    return min(late_time, unconfirmed_receipt)


def is_unproven(claimed_time: int, seen_by: int, deadline: int) -> bool:
    """Return whether a commit is on time, but was first seen after the deadline.

    Then only the commit's own date, or a hook that no read confirmed, says that it was on time.
    """
    return claimed_time <= deadline < seen_by


class TimedRow(Protocol):
    """A row with the times of a commit: a Commit, or an EarlierTime."""

    @property
    def committer_time(self) -> int: ...
    @property
    def seen_after(self) -> int | None: ...
    @property
    def seen_by(self) -> int: ...
    @property
    def unconfirmed_receipt(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class CommitTimes:
    """When one commit was made and seen in a repository.

    `seen_after` is when the last successful read without the commit began, None when there was none. `seen_by` is when
    the first answer with it arrived, or the receipt of an earlier hook that counts. `unconfirmed_receipt` is the
    earliest receipt that no read confirmed, None when there is none.
    """

    committer_time: int
    seen_after: int | None
    seen_by: int
    unconfirmed_receipt: int | None = None

    @classmethod
    def of(cls, row: TimedRow) -> "CommitTimes":
        return cls(row.committer_time, row.seen_after, row.seen_by, row.unconfirmed_receipt)

    @property
    def late_time(self) -> int:
        return late_time(self.committer_time, self.seen_after, self.seen_by)

    @property
    def claimed_time(self) -> int:
        return claimed_time(self.late_time, self.seen_after, self.unconfirmed_receipt)

    def after_former_repository(self, read_at: int | None) -> "CommitTimes":
        """Return the times for a student whose former repository was last read at `read_at` and lacked the commit."""
        if read_at is None or (self.seen_after is not None and self.seen_after >= read_at):
            return self
        return CommitTimes(self.committer_time, read_at, self.seen_by, self.unconfirmed_receipt)

    def earlier_of(self, other: "CommitTimes") -> "CommitTimes":
        """Return the times of the repository that had the commit first."""
        return min(self, other, key=lambda times: (times.seen_by, times.claimed_time))
