"""New addresses of repositories, and newer work on branches that do not count."""

from dataclasses import dataclass

from gitsync.git.failures import Reason
from gitsync.models import LocalCopy, Registration, Repository
from gitsync.rules.repository_url import redirect_target
from gitsync.values import CourseIds


@dataclass(frozen=True, slots=True)
class OtherBranch:
    """A branch with commits that the counted branch lacks, and newer work than it has."""

    name: str
    commits: int


@dataclass(frozen=True, slots=True)
class RemoteChange:
    """`moved_to` is the new address, or "". `other_branches` have newer work than `branch`, the one that counts.

    `chosen` says that the teacher chose the branch. A hidden registration has only `unconfirmed`.
    """

    moved_to: str
    branch: str
    chosen: bool
    other_branches: tuple[OtherBranch, ...]
    unconfirmed: bool = False


def remote_changes(student_id: str) -> dict[tuple[CourseIds, str], RemoteChange]:
    """Return the changes of a student's repositories, by course and path. One query.

    Repositories without a change are left out.
    """
    rows = Registration.objects.filter(student__student_id=student_id)
    changes = {}
    for row in rows.select_related("course", "repository__local_copy"):
        local_copy = row.repository.local_copy
        others = tuple(OtherBranch(*pair) for pair in local_copy.other_branches)
        chosen = bool(local_copy.chosen_branch)
        change = RemoteChange(moved_to(row.repository, local_copy), local_copy.branch, chosen, others)
        if row.hidden:
            change = RemoteChange("", "", False, (), unconfirmed=row.waits)
        if row.waits or (not row.hidden and (change.moved_to or change.other_branches or chosen)):
            ids = CourseIds(row.course.teacher_id, row.course.semester_id, row.course.course_id)
            changes[ids, row.repo_path] = change
    return changes


def moved_to(repository: Repository, local_copy: LocalCopy) -> str:
    """Return the address that a repository has moved to; "" when it has not, or may not be contacted there."""
    if local_copy.reason != Reason.REDIRECTED:
        return ""
    return redirect_target(local_copy.detail, repository.scheme, repository.host)
