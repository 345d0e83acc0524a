"""The JSON of commits, in events and in models of the wire; at most three queries."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from django.db.models import FilteredRelation, Q, QuerySet

from gitsync.models import Commit, Completion, FileChange, Match, Registration, effort
from gitsync.queries.student_times import times_for_student
from gitsync.rules.keywords import first_line

AMBIGUOUS = "Chemin d'exercice ambigü"  # the contract's text: never translated
CommitKeys = QuerySet[Commit] | list[int]
MAX_KEYS = 500  # up to so many commits are selected by their keys, more by the query that found them
FILE_COLUMNS = ("commit_id", "pk", "path", "insertions", "deletions", "binary", "counts_unknown")
MATCH_COLUMNS = ("found_match__registration", "found_match__exercise_path", "found_match__reason")


class JsonCommit(NamedTuple):
    """The columns of a Commit that its JSON needs."""

    pk: int
    sha: str
    message: str
    author_time: int
    late_time: int
    remarks: str
    reverts: str


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
    registrations: Sequence[Registration], commits: QuerySet[Commit] | Sequence[Commit | JsonCommit]
) -> list[dict[str, Any]]:
    """Return one `Commit` object for each commit, in their order.

    The commits belong to the repositories of the registrations. When several registrations match the same file, the
    first one that gives it an exercise is used.
    """
    keys: CommitKeys = [commit.pk for commit in commits]
    if isinstance(commits, QuerySet) and len(keys) > MAX_KEYS:
        keys = commits
    files = _files(registrations, keys)
    completed = _completed_exercises(registrations, keys)
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


def _student_late_times(registrations: Sequence[Registration], commits: CommitKeys) -> dict[int, int]:
    """Return the lateness times, by the commit's key, of commits with other times for this student than in their rows.

    Only students who had another repository before have such times. For all others no query is made.
    """
    late_times: dict[int, int] = {}
    for registration in registrations:
        if registration.has_earlier_times or registration.former_read_at is not None:
            own = Commit.objects.filter(repository=registration.repository_id)
            rows = list(own.filter(Q(pk__in=commits)))
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


def _files(registrations: Sequence[Registration], commits: CommitKeys) -> dict[int, dict[int, _File]]:
    """Return the files by the keys of commit and file, in the order of their paths."""
    ranks: dict[int | None, int] = {registration.pk: index for index, registration in enumerate(registrations)}
    keys = [registration.pk for registration in registrations]
    # Not called "match": that is a reserved word in MariaDB.
    found_match = FilteredRelation("matches", condition=Q(matches__registration__in=keys))
    rows = FileChange.objects.filter(commit__in=commits).annotate(found_match=found_match)
    files: dict[int, dict[int, _File]] = defaultdict(dict)
    columns = rows.order_by("commit_id", "path", "pk").values_list(*FILE_COLUMNS, *MATCH_COLUMNS)
    for commit_id, pk, path, insertions, deletions, binary, unknown, registration_id, exercise_path, reason in columns:
        without_exercise = reason not in Match.MATCHED
        rank = without_exercise, ranks.get(registration_id, 0)
        known = files[commit_id].get(pk)
        if known is None or rank < known.rank:
            message = AMBIGUOUS if reason == Match.Reason.AMBIGUOUS else ""
            lines = 0 if reason == Match.Reason.STARTER else effort(insertions, deletions, binary)
            files[commit_id][pk] = _File(rank, path, lines, exercise_path or "/", message, unknown)
    return files


def _completed_exercises(registrations: Sequence[Registration], commits: CommitKeys) -> dict[int, list[str]]:
    """Return the sorted exercise paths that each commit completes, by the commit's key."""
    paths: dict[int, set[str]] = defaultdict(set)
    rows = Completion.objects.filter(registration__in=registrations, commit__in=commits)
    for commit_id, exercise_path in rows.values_list("commit_id", "exercise_path"):
        paths[commit_id].add(exercise_path)
    return {commit_id: sorted(exercise_paths) for commit_id, exercise_paths in paths.items()}
