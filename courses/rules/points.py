"""The rule that turns the status of a task into points for a grade book. Pure."""

from dataclasses import dataclass
from decimal import Decimal

from courses.rules.statuses import DONE_LATE, ON_TIME, OVERDUE, REMOVED, STARTED, Status


@dataclass(frozen=True)
class PointsRule:
    """The points of a task that is done on time, and the share of them, in per cent, for other statuses.

    `overdue` is also for work that a rewrite removed, `other` for everything that may still be done. A share of None
    means no points at all: the cell stays empty, so that a grade book does not count it as zero.
    """

    points: int
    late: int | None = None
    started: int | None = None
    overdue: int | None = None
    other: int | None = None

    def points_of(self, status: Status) -> Decimal | None:
        """Return the points for this status, None for an empty cell."""
        share = self._share_of(status)
        return None if share is None else Decimal(self.points * share) / 100

    def _share_of(self, status: Status) -> int | None:
        if status in ON_TIME:
            return 100
        if status in DONE_LATE:
            return self.late
        if status in (OVERDUE, REMOVED):
            return self.overdue
        return self.started if status is STARTED else self.other
