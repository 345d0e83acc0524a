"""When a commit counts as handed in (docs/wire.md). All times are epoch seconds."""


def late_time(committer_time: int, seen_after: int | None, seen_by: int) -> int:
    """Return the lateness time of a commit: min(max(committer_time, seen_after), seen_by).

    So it is not before the last read that lacked the commit, whatever the commit's own date says, and not after the
    moment when the commit was seen. `seen_after` is None on a first import.
    """
    earliest = committer_time if seen_after is None else max(committer_time, seen_after)
    return min(earliest, seen_by)


def is_unproven(committer_time: int, seen_after: int | None, seen_by: int, deadline: int) -> bool:
    """Return whether only the commit's own date says that it was on time.

    That is so when the deadline lies between the last read without the commit and the first read with it.
    """
    deadline_between_reads = seen_after is not None and seen_after <= deadline < seen_by
    return deadline_between_reads and committer_time <= deadline
