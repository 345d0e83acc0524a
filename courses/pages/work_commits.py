"""The commits of a student for one exercise, for the page of their files: a list, and a drawing along the time."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from courses.pages.epoch_times import time_of_epoch
from courses.rules.deadlines import Due
from gitsync.domain.exercise_work import WorkCommit
from gitsync.queries.work_changes import ChangedFile, WorkChanges
from kernel.epoch import from_epoch, to_epoch

SHORT = 7  # characters of a sha
MAX_LISTED = 8  # commits, until the reader asks for all
MAX_ALL_LISTED = 300
MAX_CHOICES = 200  # commits in the two fields
MAX_DOTS = 200
DAY = 24 * 3600
MARGIN, WIDTH = 2.0, 96.0  # per cent of the drawing's width


@dataclass(frozen=True)
class ListedCommit:
    """A commit that works on the exercise. `by` is the time between the commit and the deadline, None without one."""

    sha: str
    subject: str
    at: datetime
    is_late: bool
    by: timedelta | None
    files: Sequence[ChangedFile] = ()

    @property
    def short_sha(self) -> str:
        return self.sha[:SHORT]

    @property
    def insertions(self) -> int:
        return sum(file.insertions for file in self.files)

    @property
    def deletions(self) -> int:
        return sum(file.deletions for file in self.files)


@dataclass(frozen=True)
class Dot:
    """A commit in the drawing. Numbers are text, so that no language writes a decimal comma into them."""

    x: str
    radius: str
    is_late: bool


@dataclass(frozen=True)
class Drawing:
    """The commits along the time, from the first one until the last one, the deadline, or now if that is near.

    `end` is None where it is now. `due_x` is "" without a deadline, `here_x` without a commit that the page shows.
    """

    dots: list[Dot]
    first: datetime
    before: int
    after: int
    due_x: str
    here_x: str
    end: datetime | None

    @property
    def total(self) -> int:
        return self.before + self.after


def listed_commit(commit: WorkCommit, due: Due, now: datetime, files: Sequence[ChangedFile] = ()) -> ListedCommit:
    at = time_of_epoch(commit.at, now)
    by = abs(at - due.at) if due.at else None
    subject = commit.message.strip().partition("\n")[0]
    return ListedCommit(commit.sha, subject, at, commit.at > due.limit, by, files)


def commits_of_exercise(
    commits: Sequence[WorkCommit], changes: WorkChanges, due: Due, now: datetime
) -> list[ListedCommit]:
    """Return the commits that change files of the exercise, newest first."""
    return [
        listed_commit(commit, due, now, changes.files[commit.sha])
        for commit in reversed(commits)
        if commit.sha in changes.files
    ]


def draw_commits(
    commits: Sequence[ListedCommit], shown: ListedCommit | None, due: Due, now: datetime
) -> Drawing | None:
    """Return the drawing; None without commits. The latest commits have a dot."""
    if not commits:
        return None
    drawn = list(reversed(commits[:MAX_DOTS]))
    times = [to_epoch(commit.at) for commit in drawn]
    limit = to_epoch(due.at) if due.at else None
    first = min(times)
    last = max([*times, limit or 0])
    ends_now = last <= to_epoch(now) and to_epoch(now) - last <= max(last - first, DAY)
    if ends_now:
        last = to_epoch(now)

    def x(time: int) -> str:
        share = (time - first) / (last - first) if last > first else 0.5
        return f"{MARGIN + WIDTH * min(1.0, max(0.0, share)):.2f}%"

    late = sum(commit.is_late for commit in commits)
    return Drawing(
        dots=[
            Dot(x(time), _radius(commit.insertions + commit.deletions), commit.is_late)
            for time, commit in zip(times, drawn, strict=True)
        ],
        first=min(commit.at for commit in drawn),
        before=len(commits) - late,
        after=late,
        due_x=x(limit) if limit and limit >= first else "",
        here_x=x(to_epoch(shown.at)) if shown and to_epoch(shown.at) >= first else "",
        end=None if ends_now else from_epoch(last),
    )


def _radius(lines: int) -> str:
    return f"{min(9.0, 3 + math.sqrt(lines) / 3):.1f}"
