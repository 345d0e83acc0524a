"""The files that the commits of one student changed for one exercise, and why there may be none to read."""

from enum import StrEnum
from typing import NamedTuple

from gitsync.git.failures import Reason
from gitsync.models import FileChange, LocalCopy, Match, Registration
from gitsync.values import CourseIds
from kernel.database.text_hash import text_hash

MAX_ROWS = 5_000  # changed files, of the latest commits


class Absence(StrEnum):
    """Why the files of a student cannot be read."""

    NONE = "none"  # no repository was given
    HIDDEN = "hidden"  # it waits for the teacher's confirmation
    UNREAD = "unread"  # it was not read yet
    FAILING = "failing"  # it was never read, and the last try failed


class ChangedFile(NamedTuple):
    """A file that a commit changed. `is_counted` is False where lines cannot be counted, as in a binary file."""

    path: str
    insertions: int
    deletions: int
    is_counted: bool


class WorkChanges(NamedTuple):
    """The changed files by the sha of their commit. `is_cut`: older ones are left out.

    `absence` says why there is nothing to read, and `reason` is the code of a failure (gitsync/git/failures.py) or "".
    """

    files: dict[str, list[ChangedFile]]
    is_cut: bool = False
    absence: Absence | None = None
    reason: str = ""


def work_changes(course: CourseIds, student_id: str, *, repo_path: str, exercise_path: str) -> WorkChanges:
    """Return the files of the exercise that commits of the branch changed. Two queries."""
    rows = Registration.objects.filter(student__student_id=student_id, repo_path=repo_path, **course.lookups("course"))
    registration = rows.select_related("repository__local_copy").first()
    if registration is None:
        return WorkChanges({}, absence=Absence.NONE)
    if registration.waits:
        return WorkChanges({}, absence=Absence.HIDDEN)
    if registration.hidden:
        return WorkChanges({}, absence=Absence.FAILING, reason=Reason.NO_ACCESS)
    local_copy: LocalCopy | None = getattr(registration.repository, "local_copy", None)
    if local_copy is None or local_copy.last_good_at is None:
        is_failing = local_copy is not None and local_copy.status in LocalCopy.NOT_READ
        absence = Absence.FAILING if is_failing else Absence.UNREAD
        return WorkChanges({}, absence=absence, reason=local_copy.reason if local_copy and is_failing else "")
    return _changes(registration.pk, exercise_path)


def _changes(registration: int, exercise_path: str) -> WorkChanges:
    matched = FileChange.objects.filter(
        matches__registration=registration,
        matches__exercise_path_hash=text_hash(exercise_path),
        matches__reason__in=Match.MATCHED,
        commit__reachable=True,
    )
    columns = ("commit__sha", "path", "insertions", "deletions", "binary", "counts_unknown")
    listed = list(matched.order_by("-matches__late_time", "-commit", "path").values_list(*columns)[: MAX_ROWS + 1])
    files: dict[str, list[ChangedFile]] = {}
    for sha, path, insertions, deletions, binary, unknown in listed[:MAX_ROWS]:
        files.setdefault(sha, []).append(ChangedFile(path, insertions, deletions, not (binary or unknown)))
    return WorkChanges(files, is_cut=len(listed) > MAX_ROWS)
