"""When a commit counts as handed in. Pure: epoch seconds in, epoch seconds out."""


def late_time(committer_time: int, seen_after: int | None, seen_by: int) -> int:
    """min(max(committer_time, seen_after), seen_by).

    Not before the last look that did not find it, whatever its date says, and not after the moment it was seen.
    `seen_after` is None on a first import.
    """
    earliest = committer_time if seen_after is None else max(committer_time, seen_after)
    return min(earliest, seen_by)


def is_unproven(committer_time: int, seen_after: int | None, seen_by: int, deadline: int) -> bool:
    """On time by its own date alone: the deadline lies between the look without it and the look with it."""
    looked_before = seen_after is not None and seen_after <= deadline < seen_by
    return looked_before and committer_time <= deadline
