"""Commits as both the events and the models of the wire write them, read from rows in three queries at most."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from django.db.models import FilteredRelation, Q, QuerySet

from gitsync.models import Commit, Completion, FileChange, Match, Registration, effort
from gitsync.rules.keywords import first_line

AMBIGUOUS = "Chemin d'exercice ambigü"  # the contract's text: never translated
Keys = QuerySet[Commit] | list[int]
BY_KEY = 500  # so many commits are named by their keys; more are asked for by the query that found them
FILE = ("commit_id", "pk", "path", "insertions", "deletions", "binary")
VERDICT = ("verdict__registration", "verdict__exercise_path", "verdict__reason")


class Told(NamedTuple):
    """A Commit, as far as it is told."""

    pk: int
    sha: str
    message: str
    author_time: int
    late_time: int


class _File(NamedTuple):
    """A FileChange as it is told; of several verdicts on one the lowest rank is heard."""

    rank: tuple[bool, int]
    path: str
    effort: int
    exercise_path: str
    message: str


def commit_bodies(
    registrations: Sequence[Registration], commits: QuerySet[Commit] | Sequence[Commit | Told]
) -> list[dict[str, Any]]:
    """One `Commit` object for each of the commits, in their order.

    `commits` belong to the registrations' addresses. Where several registrations see the same file, the first that
    gives it an exercise is heard.
    """
    keys: Keys = [commit.pk for commit in commits]
    if isinstance(commits, QuerySet) and len(keys) > BY_KEY:
        keys = commits
    files = _files(registrations, keys)
    completed = _completed(registrations, keys)
    return [commit_body(commit, files[commit.pk].values(), completed.get(commit.pk, ())) for commit in commits]


def commit_body(commit: Commit | Told, files: Iterable[_File], completed: Sequence[str]) -> dict[str, Any]:
    """`completed`: the exercise paths that its message completes, sorted."""
    modified = [file_body(file) for file in files]
    return {
        "_C": "Commit",
        "commitId": commit.sha,
        "exercisePathIfCompleted": next(iter(completed), ""),
        "modifiedFiles": modified,
        "estimatedEffort": sum(file["estimatedEffort"] for file in modified),
        "commitMessageFirstLine": first_line(commit.message),
        "commitMessage": commit.message,
        "timeStamp": str(commit.author_time),
        "lateTime": commit.late_time,
    }


def file_body(file: _File) -> dict[str, Any]:
    return {
        "_C": "CommitFile",
        "path": "/" + file.path,
        "estimatedEffort": file.effort,
        "exercisePath": file.exercise_path,
        "message": file.message,
    }


def _files(registrations: Sequence[Registration], commits: Keys) -> dict[int, dict[int, _File]]:
    """By the keys of commit and file, in the order of their paths."""
    ranks: dict[int | None, int] = {registration.pk: index for index, registration in enumerate(registrations)}
    verdicts = FilteredRelation("matches", condition=Q(matches__registration__in=[one.pk for one in registrations]))
    rows = FileChange.objects.filter(commit__in=commits).annotate(verdict=verdicts)
    found: dict[int, dict[int, _File]] = defaultdict(dict)
    for commit_id, pk, path, plus, minus, binary, registration_id, exercise_path, reason in rows.order_by(
        "commit_id", "path", "pk"
    ).values_list(*FILE, *VERDICT):
        unclear = reason in (None, Match.Reason.NONE, Match.Reason.AMBIGUOUS)
        rank = unclear, ranks.get(registration_id, 0)
        known = found[commit_id].get(pk)
        if known is None or rank < known.rank:
            message = AMBIGUOUS if reason == Match.Reason.AMBIGUOUS else ""
            file = _File(rank, path, effort(plus, minus, binary), exercise_path or "/", message)
            found[commit_id][pk] = file
    return found


def _completed(registrations: Sequence[Registration], commits: Keys) -> dict[int, list[str]]:
    found: dict[int, set[str]] = defaultdict(set)
    rows = Completion.objects.filter(registration__in=registrations, commit__in=commits)
    for commit_id, exercise_path in rows.values_list("commit_id", "exercise_path"):
        found[commit_id].add(exercise_path)
    return {commit_id: sorted(paths) for commit_id, paths in found.items()}
