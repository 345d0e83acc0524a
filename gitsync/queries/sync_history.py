"""How work arrived: when commits were first seen, forced pushes, earlier registrations.

Teachers and the state rules of courses use it to judge a student's work.
"""

from dataclasses import dataclass
from datetime import datetime

from gitsync.models import Push, Registration
from gitsync.rules.lateness import is_unproven
from gitsync.values import CourseIds
from kernel.epoch import to_epoch


@dataclass(frozen=True, slots=True)
class FirstCompletion:
    """The earliest times of the commits that complete an exercise. Times are epoch seconds.

    `claimed_time` decides between on time and late. `seen_by` is when the first of these commits was seen.
    """

    claimed_time: int
    seen_by: int

    def earliest_of(self, other: "FirstCompletion") -> "FirstCompletion":
        """Return the earliest times of both."""
        return FirstCompletion(min(self.claimed_time, other.claimed_time), min(self.seen_by, other.seen_by))

    def is_unproven(self, deadline: int) -> bool:
        """Return whether only the commit's own date, or a hook that no read confirmed, says that it was on time."""
        return is_unproven(self.claimed_time, self.seen_by, deadline)


@dataclass(frozen=True, slots=True)
class Rewrite:
    """A forced push: the branch of the repository at `repo_path` lost commits.

    `at` is when a sync saw it, in epoch seconds.
    """

    repo_path: str
    at: int


@dataclass(frozen=True, slots=True)
class RepositoryHistory:
    """How a student's repository was registered.

    `again_at` is the time of registration when an earlier repository, the same or another, was removed from that
    place; else None. `sharers` are the other students of the course who registered the same repository, sorted.
    """

    again_at: datetime | None
    sharers: list[str]


def rewrites(course: CourseIds, student_id: str, limit: int = 50) -> list[Rewrite]:
    """Return the latest forced pushes in the student's repositories of this course.

    The newest is first; two queries.

    Pushes from before the repository was registered do not count.
    """
    own = Registration.objects.shown().filter(student__student_id=student_id, **course.lookups("course"))
    registered = {
        repository_id: (repo_path, to_epoch(created_at))
        for repository_id, repo_path, created_at in own.values_list("repository_id", "repo_path", "created_at")
    }
    forced = Push.objects.filter(repository__in=registered, forced=True).order_by("-received_at", "-pk")[:limit]
    return [
        Rewrite(registered[repository_id][0], at)
        for repository_id, at in forced.values_list("repository_id", "received_at")
        if at >= registered[repository_id][1]
    ]


def repository_histories(course: CourseIds, student_id: str) -> dict[str, RepositoryHistory]:
    """Return the history of each repository of this student in the course, by its path.

    Two queries.
    """
    in_course = Registration.objects.filter(**course.lookups("course"))
    own = in_course.filter(student__student_id=student_id)
    histories: dict[str, RepositoryHistory] = {}
    repo_paths: dict[int, str] = {}
    for repository_id, path, again, created_at in own.values_list(
        "repository_id", "repo_path", "registered_again", "created_at"
    ):
        histories[path] = RepositoryHistory(created_at if again else None, [])
        repo_paths[repository_id] = path
    others = in_course.filter(repository__in=repo_paths).exclude(student__student_id=student_id)
    for repository_id, other in sorted(set(others.values_list("repository_id", "student__student_id"))):
        histories[repo_paths[repository_id]].sharers.append(other)
    return histories
