"""The columns of a Match that hold the result of matching a file."""

import json
from functools import lru_cache

from gitsync.models import Match
from gitsync.rules.matching import MatchResult
from kernel.database.text_hash import text_hash

STARTER = MatchResult("/", Match.Reason.STARTER, ())  # of a file in a commit that the teacher handed out


def columns(result: MatchResult) -> dict[str, object]:
    return {
        "exercise_path": result.exercise_path,
        "exercise_path_hash": text_hash(result.exercise_path),
        "reason": result.reason,
        "candidates": list(result.candidates),
    }


@lru_cache(maxsize=1000)
def raw_columns(result: MatchResult) -> tuple[str, str, str, str]:
    """Return the columns as `bulk.insert` writes them, with JSON as text.

    Cached, because many files have the same result.
    """
    path = result.exercise_path
    return path, text_hash(path), result.reason, json.dumps(result.candidates)


@lru_cache(maxsize=1000)
def stored_result(exercise_path: str, reason: str, candidates: str) -> MatchResult:
    """Return the result that a row has, with JSON as text: the opposite of `raw_columns`."""
    return MatchResult(exercise_path, reason, tuple(json.loads(candidates)))


def json_part(result: MatchResult) -> tuple[str, bool]:
    """Return the part of a result that the JSON of a commit shows."""
    return result.exercise_path, result.reason == Match.Reason.AMBIGUOUS
