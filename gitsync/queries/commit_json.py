"""The JSON of commits, in events and in models of the wire; at most three queries for 10,000 commits."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from gitsync.models import Commit, Match, Registration, effort
from gitsync.queries import commit_rows
from gitsync.queries.commit_rows import JsonCommit
from gitsync.queries.student_times import times_for_student
from gitsync.rules.keywords import first_line
from kernel.database.bulk import batched

AMBIGUOUS = "Chemin d'exercice ambigü"  # the contract's text: never translated


class _File(NamedTuple):
    """A changed file as its JSON needs it.

    When a file has several matches, the one of the lowest rank is used.
    """

    rank: tuple[bool, int]
    path: str
    effort: int
    exercise_path: str
    message: str
    counts_unknown: bool


def commits_as_json(
    registrations: Sequence[Registration], commits: Sequence[Commit | JsonCommit]
) -> list[dict[str, Any]]:
    """Return one `Commit` object for each commit, in their order.

    The commits belong to the repositories of the registrations. When several registrations match the same file, the
    first one that gives it an exercise is used.
    """
    keys = [commit.pk for commit in commits]
    files = _files(registrations, keys)
    completed = commit_rows.completed_exercises([registration.pk for registration in registrations], keys)
    late_times = _student_late_times(registrations, keys)
    return [
        _commit_as_json(commit, files[commit.pk].values(), completed.get(commit.pk, ()))
        | ({"lateTime": late_times[commit.pk]} if commit.pk in late_times else {})
        for commit in commits
    ]


def _commit_as_json(
    commit: Commit | JsonCommit, files: Iterable[_File], completed_exercises: Sequence[str]
) -> dict[str, Any]:
    modified = [_file_as_json(file) for file in files]
    # Sent only where something is missing, so that all other commits are exactly as in the contract.
    remarks = {"remarks": commit.remarks.split(",")} if commit.remarks else {}
    return {
        "_C": "Commit",
        "commitId": commit.sha,
        "exercisePathIfCompleted": next(iter(completed_exercises), ""),
        "modifiedFiles": modified,
        "estimatedEffort": sum(file["estimatedEffort"] for file in modified),
        "commitMessageFirstLine": first_line(commit.message),
        "commitMessage": commit.message,
        "timeStamp": str(commit.author_time),
        "lateTime": commit.late_time,
        **remarks,
        **({"reverts": commit.reverts} if commit.reverts else {}),
    }


def _student_late_times(registrations: Sequence[Registration], commits: Sequence[int]) -> dict[int, int]:
    """Return the lateness times, by the commit's key, of commits with other times for this student than in their rows.

    Only students who had another repository before have such times. For all others no query is made.
    """
    late_times: dict[int, int] = {}
    for registration in registrations:
        if registration.has_earlier_times or registration.former_read_at is not None:
            own = Commit.objects.filter(repository=registration.repository_id)
            rows = [row for batch in batched(commits, commit_rows.KEYS) for row in own.filter(pk__in=batch)]
            times = times_for_student(registration, rows)
            late_times |= {row.pk: times[row.sha].late_time for row in rows if row.sha in times}
    return late_times


def _file_as_json(file: _File) -> dict[str, Any]:
    return {
        "_C": "CommitFile",
        "path": "/" + file.path,
        "estimatedEffort": file.effort,
        "exercisePath": file.exercise_path,
        "message": file.message,
        **({"notCounted": True} if file.counts_unknown else {}),
    }


def _files(registrations: Sequence[Registration], commits: Sequence[int]) -> dict[int, dict[int, _File]]:
    """Return the files by the keys of commit and file, in the order of their paths."""
    ranks: dict[int | None, int] = {registration.pk: index for index, registration in enumerate(registrations)}
    files: dict[int, dict[int, _File]] = defaultdict(dict)
    rows = commit_rows.files_of_commits([registration.pk for registration in registrations], commits)
    for commit_id, pk, path, insertions, deletions, binary, unknown, registration_id, exercise_path, reason in rows:
        without_exercise = reason not in Match.MATCHED
        rank = without_exercise, ranks.get(registration_id, 0)
        known = files[commit_id].get(pk)
        if known is None or rank < known.rank:
            message = AMBIGUOUS if reason == Match.Reason.AMBIGUOUS else ""
            lines = 0 if reason == Match.Reason.STARTER else effort(insertions, deletions, binary)
            files[commit_id][pk] = _File(rank, path, lines, exercise_path or "/", message, bool(unknown))
    return files
