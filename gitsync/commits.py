"""Commits as both the events and the models of the wire write them, read from rows in four queries at most."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from django.db.models import QuerySet

from gitsync.keywords import first_line
from gitsync.models import Commit, Completion, FileChange, Match, Registration, effort

AMBIGUOUS = "Chemin d'exercice ambigü"  # words of the contract, not of the interface
SIMILAR = "Plagiat détecté"
Keys = QuerySet[Commit] | list[int]
# Exercise path, message: what a registration's matches say of one file
Verdict = tuple[str, str]
NO_VERDICT: Verdict = ("/", "")


class Told(NamedTuple):
    """A Commit, as far as it is told."""

    pk: int
    sha: str
    message: str
    author_time: int
    late_time: int


class _File(NamedTuple):
    """A FileChange, as far as it is told."""

    pk: int
    path: str
    effort: int


def commit_bodies(
    registrations: Sequence[Registration], commits: QuerySet[Commit] | Sequence[Commit | Told]
) -> list[dict[str, Any]]:
    """One `Commit` object for each of the commits, in their order.

    `commits` belong to the registrations' addresses. Where several registrations see the same file, the first that
    gives it an exercise is heard.
    """
    keys = commits if isinstance(commits, QuerySet) else [commit.pk for commit in commits]
    files = _files(keys)
    verdicts = _verdicts(registrations, keys)
    completed = _completed(registrations, keys)
    return [
        commit_body(commit, [(file, verdicts.get(file.pk, NO_VERDICT)) for file in files[commit.pk]], completed)
        for commit in commits
    ]


def commit_body(
    commit: Commit | Told, files: Iterable[tuple[_File, Verdict]], completed: dict[int, list[str]]
) -> dict[str, Any]:
    """`completed`: commit key -> the exercise paths that its message completes, sorted."""
    modified = [file_body(file, verdict) for file, verdict in files]
    return {
        "_C": "Commit",
        "commitId": commit.sha,
        "exercisePathIfCompleted": next(iter(completed.get(commit.pk, ())), ""),
        "modifiedFiles": modified,
        "estimatedEffort": sum(file["estimatedEffort"] for file in modified),
        "commitMessageFirstLine": first_line(commit.message),
        "commitMessage": commit.message,
        "timeStamp": str(commit.author_time),
        "lateTime": commit.late_time,
    }


def file_body(file: _File, verdict: Verdict) -> dict[str, Any]:
    exercise_path, message = verdict
    return {
        "_C": "CommitFile",
        "path": "/" + file.path,
        "estimatedEffort": file.effort,
        "exercisePath": exercise_path,
        "message": message,
    }


def _files(commits: Keys) -> dict[int, list[_File]]:
    files: dict[int, list[_File]] = defaultdict(list)
    rows = FileChange.objects.filter(commit__in=commits).order_by("commit_id", "path")
    for commit_id, pk, path, plus, minus, binary in rows.values_list(
        "commit_id", "pk", "path", "insertions", "deletions", "binary"
    ):
        files[commit_id].append(_File(pk, path, effort(plus, minus, binary)))
    return files


def _verdicts(registrations: Sequence[Registration], commits: Keys) -> dict[int, Verdict]:
    rank = {registration.pk: index for index, registration in enumerate(registrations)}
    rows = Match.objects.filter(registration__in=rank, file__commit__in=commits)
    best: dict[int, tuple[tuple[bool, int], Verdict]] = {}
    for file_id, registration_id, exercise_path, reason in rows.values_list(
        "file_id", "registration_id", "exercise_path", "reason"
    ):
        message = AMBIGUOUS if reason == Match.Reason.AMBIGUOUS else ""
        key = (reason in (Match.Reason.NONE, Match.Reason.AMBIGUOUS), rank[registration_id])
        if file_id not in best or key < best[file_id][0]:
            best[file_id] = key, (exercise_path, message)
    return {file_id: verdict for file_id, (_, verdict) in best.items()}


def _completed(registrations: Sequence[Registration], commits: Keys) -> dict[int, list[str]]:
    found: dict[int, set[str]] = defaultdict(set)
    rows = Completion.objects.filter(registration__in=registrations, commit__in=commits)
    for commit_id, exercise_path in rows.values_list("commit_id", "exercise_path"):
        found[commit_id].add(exercise_path)
    return {commit_id: sorted(paths) for commit_id, paths in found.items()}
