"""The times of commits for one student.

The student's earlier repositories may have had the commits first, or may have lacked them.
"""

from collections.abc import Sequence
from typing import Protocol

from gitsync.models import EarlierTime, Registration
from gitsync.rules.lateness import CommitTimes, TimedRow

KEYS = 400  # shas in one query


class CommitWithTimes(TimedRow, Protocol):
    """A Commit, or some of its columns."""

    @property
    def sha(self) -> str: ...


def times_for_student(registration: Registration, commits: Sequence[CommitWithTimes]) -> dict[str, CommitTimes]:
    """Return times by sha, only of commits with other times for this student than in their rows.

    No query for a student who never had another repository in the course.
    """
    read_at = registration.former_read_at
    if not registration.has_earlier_times and read_at is None:
        return {}
    earlier: dict[str, CommitTimes] = {}
    rows = EarlierTime.objects.filter(course=registration.course_id, student=registration.student_id)
    for start in range(0, len(commits) if registration.has_earlier_times else 0, KEYS):
        shas = [commit.sha for commit in commits[start : start + KEYS]]
        earlier |= {row.sha: CommitTimes.of(row) for row in rows.filter(sha__in=shas)}
    times: dict[str, CommitTimes] = {}
    for commit in commits:
        own = CommitTimes.of(commit)
        if commit.sha in earlier:
            times[commit.sha] = own.earlier_of(earlier[commit.sha])
        else:
            times[commit.sha] = own.after_former_repository(read_at)
    return times
