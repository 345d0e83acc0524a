"""Times out of Git, which come as epoch seconds."""

from datetime import datetime
from typing import overload

from kernel.epoch import from_epoch, to_epoch


@overload
def time_of_epoch(epoch: int, now: datetime) -> datetime: ...
@overload
def time_of_epoch(epoch: int | None, now: datetime) -> datetime | None: ...
def time_of_epoch(epoch: int | None, now: datetime) -> datetime | None:
    """Return the time of these epoch seconds (UTC). A time after `now`, from a clock that is ahead, counts as now."""
    return None if epoch is None else from_epoch(min(epoch, to_epoch(now)))
