"""Derives the Match and Completion rows of commits from stored rows. Nothing here reads Git.

`reconcile` works out which rows should exist for some commits of a registration, and writes only the differences. So an
import, a re-match after any change, and a second run of either give the same rows.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from django.db.models import QuerySet

from gitsync.models import Commit, Completion, Match, Registration, WatchedExercise
from gitsync.queries import commit_rows
from gitsync.queries.handed_out_commits import handed_out_commits, has_starters
from gitsync.queries.student_times import times_for_student
from gitsync.rules.keywords import Keywords, first_line
from gitsync.rules.lateness import CommitTimes, claimed_time
from gitsync.rules.matching import Exercise, Matcher, MatchResult, exercises_for_group, exercises_for_repository
from gitsync.syncing import match_columns
from kernel.database import bulk
from kernel.database.compiled import CompiledQuery, padded
from kernel.database.text_hash import text_hash

SLICE = 500  # commits reconciled at once
COMPARED_CHARACTERS = 1_000_000  # of a commit's paths; files beyond are only matched by the exact names of folders
KEYS = 10_000  # in one statement: SQLite takes 250,000 values, and 500 commits may have more files
MATCH_COLUMNS = ("registration", "file", "exercise_path", "exercise_path_hash", "reason", "candidates", "late_time")
WATCHED = CompiledQuery(
    lambda course, *groups: WatchedExercise.objects.filter(course=course, group_id__in=groups).values_list(
        "exercise_path", "repo_path", "source_folder_path", "completion_keywords", "group_id"
    )
)
COMPLETIONS = CompiledQuery(
    lambda registration, *commits: Completion.objects.filter(registration=registration, commit__in=commits).values_list(
        "pk", "commit_id", "exercise_path"
    )
)
NOTHING: frozenset[str] = frozenset()  # for a commit that was not handed out
COMPLETION_COLUMNS = (
    "registration",
    "commit",
    "exercise_path",
    "exercise_path_hash",
    "late_time",
    "claimed_time",
    "seen_by",
)


class MatchableCommit(NamedTuple):
    """The columns of a Commit that matching needs."""

    pk: int
    sha: str
    parents_count: int
    message: str
    reachable: bool
    committer_time: int
    seen_after: int | None
    seen_by: int
    unconfirmed_receipt: int | None
    late_time: int


@dataclass(frozen=True)
class Matchers:
    """The prepared rules of one registration: exercises by the paths of files, and by keywords in messages."""

    paths: Matcher
    keywords: Keywords


def matchable_commits(commits: QuerySet[Commit]) -> Iterator[MatchableCommit]:
    """Yield the commits in the order of their keys, without loading all of them into memory."""
    return map(MatchableCommit._make, commits.order_by("pk").values_list(*MatchableCommit._fields).iterator(SLICE))


def match_commits(registration: Registration, commits: Iterable[Commit | MatchableCommit]) -> None:
    """Write the Match and Completion rows of these commits for a registration.

    Call it in a transaction.
    """
    matchers = matchers_of(registration)
    for slice_ in bulk.batched(commits, SLICE):
        reconcile(registration, matchers, slice_)


def matchers_of(registration: Registration) -> Matchers:
    """Return the matchers of the exercises that a registration's course and group watch. One query."""
    watched = [Exercise(*row) for row in WATCHED.rows(registration.course_id, "", registration.group_id)]
    return _matchers(registration.repo_path, tuple(exercises_for_group(watched, registration.group_id)))


@lru_cache(maxsize=32)
def _matchers(repo_path: str, exercises: tuple[Exercise, ...]) -> Matchers:
    """Prepare the matchers.

    Students of a group share them: their repositories have much the same paths.
    """
    return Matchers(Matcher(repo_path, exercises), Keywords(exercises_for_repository(exercises, repo_path)))


def reconcile(registration: Registration, matchers: Matchers, commits: Sequence[Commit | MatchableCommit]) -> bool:
    """Write the differences; return whether the JSON of a reachable commit changed."""
    times = times_for_student(registration, commits)
    handed_out: dict[str, set[str]] = {}
    if has_starters(registration.course_id):
        handed_out = handed_out_commits(registration.course_id, [commit.sha for commit in commits])
    completions_changed = _reconcile_completions(registration, matchers.keywords, commits, times, handed_out)
    return _reconcile_matches(registration, matchers.paths, commits, times, handed_out) or completions_changed


def _reconcile_completions(
    registration: Registration,
    keywords: Keywords,
    commits: Sequence[Commit | MatchableCommit],
    times: dict[str, CommitTimes],
    handed_out: dict[str, set[str]],
) -> bool:
    wanted = {
        (commit.pk, exercise_path)
        for commit in commits
        if commit.parents_count < 2  # a merge completes nothing by itself
        for exercise_path in keywords.completed_by(first_line(commit.message))
        if not handed_out.get(commit.sha, NOTHING).intersection(("", exercise_path))
    }
    rows = COMPLETIONS.rows(registration.pk, *padded([commit.pk for commit in commits])) if commits else ()
    stored = {(commit_id, path): pk for pk, commit_id, path in rows}
    outdated = [pk for key, pk in stored.items() if key not in wanted]
    if outdated:
        Completion.objects.filter(pk__in=outdated).delete()
    by_key = {commit.pk: commit for commit in commits}
    new_rows = []
    for commit_id, exercise_path in sorted(wanted - stored.keys()):
        path = exercise_path, text_hash(exercise_path)
        new_rows.append((registration.pk, commit_id, *path, *_time_columns(by_key[commit_id], times)))
    bulk.insert(Completion, COMPLETION_COLUMNS, new_rows)
    reachable = {commit.pk for commit in commits if commit.reachable}
    return any(commit_id in reachable for commit_id, _path in wanted ^ stored.keys())


def _time_columns(commit: Commit | MatchableCommit, times: dict[str, CommitTimes]) -> tuple[int, int, int]:
    """Return the lateness time, the claimed time and `seen_by` of the commit, as they count for the student."""
    if commit.sha not in times:
        claimed = claimed_time(commit.late_time, commit.seen_after, commit.unconfirmed_receipt)
        return commit.late_time, claimed, commit.seen_by
    own = times[commit.sha]
    return own.late_time, own.claimed_time, own.seen_by


def _reconcile_matches(
    registration: Registration,
    matcher: Matcher,
    commits: Sequence[Commit | MatchableCommit],
    times: dict[str, CommitTimes],
    handed_out: dict[str, set[str]],
) -> bool:
    by_key = {commit.pk: commit for commit in commits}
    late_times = {commit.pk: times[commit.sha].late_time for commit in commits if commit.sha in times}
    new_rows: list[tuple[object, ...]] = []
    changed: dict[MatchResult, list[int]] = defaultdict(list)
    json_changed = False
    characters: dict[int, int] = defaultdict(int)  # by commit
    for file_id, path, commit_id, match_id, *columns in commit_rows.matched_files(registration.pk, list(by_key)):
        characters[commit_id] += len(path)
        is_cheap = characters[commit_id] <= COMPARED_CHARACTERS
        result = matcher.match(path) if is_cheap else matcher.match_literally(path)
        if not handed_out.get(by_key[commit_id].sha, NOTHING).isdisjoint(("", result.exercise_path)):
            result = match_columns.STARTER
        if match_id is None:
            late_time = late_times.get(commit_id, by_key[commit_id].late_time)
            new_rows.append((registration.pk, file_id, *match_columns.raw_columns(result), late_time))
            continue
        known = match_columns.stored_result(*columns)
        if known == result or known.reason == Match.Reason.CORRECTED:
            continue
        changed[result].append(match_id)
        json_changed |= by_key[commit_id].reachable and match_columns.json_part(known) != match_columns.json_part(
            result
        )
    for result, keys in changed.items():
        for batch in bulk.batched(keys, KEYS):
            Match.objects.filter(pk__in=batch).update(**match_columns.columns(result))
    bulk.insert(Match, MATCH_COLUMNS, new_rows)
    return json_changed
