"""Matches and completions, derived from stored rows and never from Git; and the telling of what changed in them.

One way makes them all: `_reconcile` works out what should stand for some commits of a registration and writes only the
differences. So an import, a re-match after any change and a second run of either end in the same rows.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from django.db import transaction
from django.db.models import QuerySet

from gitsync.events import announce, messages, outbox
from gitsync.models import Commit, Completion, FileChange, LocalCopy, Match, Registration, Request, WatchedExercise
from gitsync.rules.keywords import Keywords, first_line
from gitsync.rules.matching import Exercise, Matcher, Result, for_group, for_repository
from gitsync.syncing import accepted_messages
from kernel.database import bulk
from kernel.database.text_hash import text_hash

SLICE = 500  # commits worked on at a time
KEYS = 10_000  # in one statement: SQLite takes 250,000 values, and 500 commits may have more files
MATCH = ("registration", "file", "exercise_path", "exercise_path_hash", "reason", "candidates", "late_time")
EXERCISE_MESSAGES = ("RegisterExercise", "ModifyExercise", "DeleteExercise")


class Seen(NamedTuple):
    """A Commit, as far as matching looks at it."""

    pk: int
    parents_count: int
    message: str
    reachable: bool
    late_time: int


@dataclass(frozen=True)
class _Rules:
    matcher: Matcher
    keywords: Keywords


def seen(commits: QuerySet[Commit]) -> Iterator[Seen]:
    """In the order of their keys, never all of them in memory."""
    return map(Seen._make, commits.order_by("pk").values_list(*Seen._fields).iterator(SLICE))


def match_commits(registration: Registration, commits: Iterable[Commit | Seen]) -> None:
    """Write the Match and Completion rows of these commits for a registration, in the caller's transaction."""
    rules = _rules_of(registration)
    for some in bulk.batched(commits, SLICE):
        _reconcile(registration, rules, some)


def rematch_registration(registration: Registration) -> None:
    """Match every stored commit anew and tell what changed. The caller holds the lock of the Clone."""
    before = announce.completed_exercises(registration)
    rules = _rules_of(registration)
    model_changed = False
    for some in bulk.batched(seen(registration.repository.commits.all()), SLICE):
        model_changed |= _reconcile(registration, rules, some)
    if registration.announced == Registration.Announced.CLONED:
        tell_changes(registration, before, model_changed=model_changed)


def tell_changes(registration: Registration, before: set[str], *, model_changed: bool) -> None:
    """OnExerciseCompletedUpdate for each exercise not as `before`, the lost ones first; then OnCommitModelUpdate."""
    after = announce.completed_exercises(registration)
    events = announce.completion_updates(registration, before - after, completed=False)
    events += announce.completion_updates(registration, after - before, completed=True)
    if model_changed:
        events.append(messages.on_commit_model_update(registration))
    outbox.emit(registration, *events)


def waiting(course_id: int | None = None) -> QuerySet[Request]:
    """The messages about exercises, of one course or of all, whose re-match has not ended."""
    pending = Request.objects.filter(kind__in=EXERCISE_MESSAGES, state=Request.State.PENDING)
    return pending if course_id is None else pending.filter(course=course_id)


def rematch_course(course_id: int) -> None:
    """After its exercises changed: match the commits of all its registrations anew, and end the messages behind it.

    One short transaction per repository, in the order of the Clones. Exercises are read in each, after the lock, so
    that the last re-match to come by leaves what the last message said.
    """
    behind = list(waiting(course_id).values_list("pk", flat=True))
    local_copies = LocalCopy.objects.filter(repository__registrations__course=course_id).distinct().order_by("pk")
    for repository_id in local_copies.values_list("repository_id", flat=True):
        with transaction.atomic():
            LocalCopy.objects.locked(repository_id)
            registrations = Registration.objects.filter(course=course_id, repository=repository_id)
            for registration in registrations.select_related("course", "student", "repository").order_by("pk"):
                rematch_registration(registration)
    accepted_messages.finish(Request.objects.filter(pk__in=behind))


def _rules_of(registration: Registration) -> _Rules:
    rows = WatchedExercise.objects.filter(course=registration.course_id, group_id__in=["", registration.group_id])
    watched = [
        Exercise(*row)
        for row in rows.values_list(
            "exercise_path", "repo_path", "source_folder_path", "completion_keywords", "group_id"
        )
    ]
    return _rules(registration.repo_path, tuple(for_group(watched, registration.group_id)))


@lru_cache(maxsize=32)
def _rules(repo_path: str, exercises: tuple[Exercise, ...]) -> _Rules:
    """Students of a group share one: their repositories have much the same paths."""
    return _Rules(Matcher(repo_path, exercises), Keywords(for_repository(exercises, repo_path)))


def _reconcile(registration: Registration, rules: _Rules, commits: Sequence[Commit | Seen]) -> bool:
    """Bring the rows of these commits to what the rules say; whether a reachable commit's model is now another."""
    completions_changed = _reconcile_completions(registration, rules.keywords, commits)
    return _reconcile_matches(registration, rules.matcher, commits) or completions_changed


def _reconcile_completions(registration: Registration, keywords: Keywords, commits: Sequence[Commit | Seen]) -> bool:
    wanted = {
        (commit.pk, exercise_path)
        for commit in commits
        if commit.parents_count < 2  # a merge completes nothing by itself
        for exercise_path in keywords.completed_by(first_line(commit.message))
    }
    rows = Completion.objects.filter(registration=registration, commit__in=[commit.pk for commit in commits])
    stored = {(commit_id, path): pk for pk, commit_id, path in rows.values_list("pk", "commit_id", "exercise_path")}
    gone = [pk for key, pk in stored.items() if key not in wanted]
    if gone:
        Completion.objects.filter(pk__in=gone).delete()
    bulk.insert(
        Completion,
        ("registration", "commit", "exercise_path", "exercise_path_hash"),
        [
            (registration.pk, commit_id, exercise_path, text_hash(exercise_path))
            for commit_id, exercise_path in sorted(wanted - stored.keys())
        ],
    )
    reachable = {commit.pk for commit in commits if commit.reachable}
    return any(commit_id in reachable for commit_id, _path in wanted ^ stored.keys())


def _reconcile_matches(registration: Registration, matcher: Matcher, commits: Sequence[Commit | Seen]) -> bool:
    by_key = {commit.pk: commit for commit in commits}
    rows = Match.objects.filter(registration=registration, file__commit__in=by_key.keys())
    stored = {
        file_id: (pk, Result(exercise_path, reason, tuple(candidates)))
        for pk, file_id, exercise_path, reason, candidates in rows.values_list(
            "pk", "file_id", "exercise_path", "reason", "candidates"
        )
    }
    missing: list[tuple[object, ...]] = []
    other: dict[Result, list[int]] = defaultdict(list)
    looks_different = False
    files = FileChange.objects.filter(commit__in=by_key.keys()).order_by("pk").values_list("pk", "path", "commit_id")
    for file_id, path, commit_id in files:
        result = matcher.match(path)
        if file_id not in stored:
            missing.append((registration.pk, file_id, *_written(result), by_key[commit_id].late_time))
            continue
        pk, known = stored[file_id]
        if known == result or known.reason == Match.Reason.CORRECTED:
            continue
        other[result].append(pk)
        looks_different |= by_key[commit_id].reachable and _looks(known) != _looks(result)
    for result, keys in other.items():
        for some in bulk.batched(keys, KEYS):
            Match.objects.filter(pk__in=some).update(**_columns(result))
    bulk.insert(Match, MATCH, missing)
    return looks_different


def _columns(result: Result) -> dict[str, object]:
    return {
        "exercise_path": result.exercise_path,
        "exercise_path_hash": text_hash(result.exercise_path),
        "reason": result.reason,
        "candidates": list(result.candidates),
    }


@lru_cache(maxsize=1000)
def _written(result: Result) -> tuple[str, str, str, str]:
    """The same as it is written: many files have one result."""
    path = result.exercise_path
    return path, text_hash(path), result.reason, json.dumps(result.candidates)


def _looks(result: Result) -> tuple[str, bool]:
    """What of a result is written in a commit's model."""
    return result.exercise_path, result.reason == Match.Reason.AMBIGUOUS
