"""The marks of commits that complete a task: they are outside its folder, were reverted, or were replaced late."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

from courses.models import Activity, Task
from courses.rules.deadlines import EnrolmentKeys

MARK_COLUMNS = ("completes", "outside_folder", "reverts")  # of Activity


class MarkedCommit(Protocol):
    """A commit's work on a task; the fields are those of Activity."""

    @property
    def commit_id(self) -> str: ...
    @property
    def completes(self) -> bool: ...
    @property
    def outside_folder(self) -> bool: ...
    @property
    def reverts(self) -> str: ...
    @property
    def at_epoch(self) -> int: ...


class TaskCommit(NamedTuple):
    """One commit's work on a task. The fields are those of Activity."""

    at: int
    subject: str
    commit_id: str
    completes: bool
    outside_folder: bool
    reverts: str

    @property
    def at_epoch(self) -> int:
        return self.at


def commits_of_task(task: Task, enrolments: EnrolmentKeys) -> dict[int, list[TaskCommit]]:
    """Return the commits on a task by enrolment, the earliest first, in one query. Texts and ticks have none."""
    if task.is_answered:
        return {}
    rows = Activity.objects.filter(enrolment__in=enrolments, exercise_path_hash=task.path_hash)
    commits: dict[int, list[TaskCommit]] = {}
    for pk, *values in rows.order_by("at", "pk").values_list("enrolment", *TaskCommit._fields):
        commits.setdefault(pk, []).append(TaskCommit._make(values))
    return commits


def is_outside_folder(commits: Iterable[MarkedCommit]) -> bool:
    """Return whether all commits that complete the task change files of other folders only."""
    completing = [commit for commit in commits if commit.completes]
    return bool(completing) and all(commit.outside_folder for commit in completing)


def is_reverted(commits: Sequence[MarkedCommit]) -> bool:
    """Return whether the whole effect of all commits that complete the task is taken back.

    A commit that takes another one back completes nothing here, though its subject repeats the other one's.
    """
    taken_back = reverted_commits({commit.commit_id: commit.reverts for commit in commits if commit.reverts})
    completing = [commit.commit_id for commit in commits if commit.completes and not commit.reverts]
    return bool(completing) and all(commit_id in taken_back for commit_id in completing)


def replaced_at(commits: Iterable[MarkedCommit], limit: float) -> int | None:
    """Return when the work that was done by `limit` was replaced, None when it is still there. Both are epoch seconds.

    For a task whose status is "done on time". Then a commit that was seen by the deadline has completed it. Where all
    commits that complete it now are from after the deadline, a rewrite of the history has removed the first one.
    """
    times = [commit.at_epoch for commit in commits if commit.completes]
    return min(times) if times and min(times) > limit else None


def reverted_commits(reverts: Mapping[str, str]) -> dict[str, str]:
    """Return which commits are taken back now, and by which commit.

    `reverts` has, by the id of a commit, the commit that it takes back. A commit that is taken back itself takes
    nothing back.
    """
    by_reverted: dict[str, list[str]] = {}
    for commit_id, reverted in reverts.items():
        if commit_id != reverted:
            by_reverted.setdefault(reverted, []).append(commit_id)
    reverter: dict[str, str] = {}  # "" for a commit that is not taken back
    begun: set[str] = set()
    stack = [(commit_id, False) for commit_id in reversed(by_reverted)]
    while stack:  # not a recursion: a student may chain thousands of reverts
        commit_id, is_ready = stack.pop()
        others = by_reverted.get(commit_id, [])
        if is_ready:
            reverter[commit_id] = next((other for other in others if reverter.get(other) == ""), "")
        elif commit_id not in begun:
            begun.add(commit_id)
            stack.append((commit_id, True))
            stack.extend((other, False) for other in reversed(others))
    return {reverted: commit_id for reverted, commit_id in reverter.items() if commit_id}
