"""The rows of commits, files and completions that the JSON of commits is made of, read as plain values.

The statements are written by hand: for one student's commits, building them with the ORM takes several times as long as
the database needs. They are the same for every database.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

from django.db import connection

from gitsync.models import Match
from gitsync.values import NO_DATE, CommitsRequest
from kernel.database.bulk import batched
from kernel.database.placeholders import placeholders
from kernel.database.text_hash import text_hash

KEYS = 10_000  # commits in one statement
COMMITS_OF_EXERCISE = """
SELECT c.id, c.sha, c.message, c.author_time, c.late_time, c.remarks, c.reverts
FROM (
    SELECT f.commit_id FROM gitsync_match m JOIN gitsync_filechange f ON f.id = m.file_id
    WHERE m.registration_id IN ({registrations}) AND m.reason IN ({reasons}) AND {is_exercise_m}
    UNION
    SELECT d.commit_id FROM gitsync_completion d WHERE d.registration_id IN ({registrations}) AND {is_exercise_d}
) touched JOIN gitsync_commit c ON c.id = touched.commit_id
WHERE c.address_id IN ({repositories}) AND c.reachable = 1 AND c.author_time >= %s AND c.author_time <= %s
ORDER BY c.author_time, c.sha
"""
FILES = """
SELECT f.commit_id, f.id, f.path, f.insertions, f.deletions, f.binary, f.counts_unknown,
    m.registration_id, m.exercise_path, m.reason
FROM gitsync_filechange f LEFT JOIN gitsync_match m ON m.file_id = f.id AND m.registration_id IN ({registrations})
WHERE f.commit_id IN ({commits}) ORDER BY f.commit_id, f.path, f.id
"""
MATCHED_FILES = """
SELECT f.id, f.path, f.commit_id, m.id, m.exercise_path, m.reason, m.candidates
FROM gitsync_filechange f LEFT JOIN gitsync_match m ON m.file_id = f.id AND m.registration_id IN ({registrations})
WHERE f.commit_id IN ({commits}) ORDER BY f.id
"""
COMPLETIONS = """
SELECT commit_id, exercise_path FROM gitsync_completion
WHERE registration_id IN ({registrations}) AND commit_id IN ({commits})
"""
EARLIEST, LATEST = -(2**63), 2**63 - 1  # of a bigint column


class JsonCommit(NamedTuple):
    """The columns of a Commit that its JSON needs."""

    pk: int
    sha: str
    message: str
    author_time: int
    late_time: int
    remarks: str
    reverts: str


def commits_of_exercise(
    registrations: Sequence[int], repositories: Collection[int], request: CommitsRequest
) -> list[JsonCommit]:
    """Return the commits of the branches that touch or complete the exercise, by author time, then by sha.

    registrations, repositories: primary keys of the student's.
    """
    if not registrations:
        return []
    on_match, values = _is_exercise("m", request)
    sql = COMMITS_OF_EXERCISE.format(
        registrations=placeholders(registrations),
        repositories=placeholders(repositories),
        reasons=placeholders(Match.MATCHED),
        is_exercise_m=on_match,
        is_exercise_d=_is_exercise("d", request)[0],
    )
    first = EARLIEST if request.from_date == NO_DATE else request.from_date
    last = LATEST if request.to_date == NO_DATE else request.to_date
    reasons = [reason.value for reason in Match.MATCHED]
    parameters = [*registrations, *reasons, *values, *registrations, *values, *repositories, first, last]
    return list(map(JsonCommit._make, _rows(sql, parameters)))


def files_of_commits(registrations: Sequence[int], commits: Sequence[int]) -> Iterable[tuple[Any, ...]]:
    """Yield the files of each commit by their path, once for each match of a registration, or once without a match.

    A row has the keys of the commit and the file, path, insertions, deletions, binary, counts_unknown; and of the
    match registration, exercise path and reason. Booleans are numbers.
    """
    return _of_commits(FILES, registrations, commits)


def matched_files(registration: int, commits: Sequence[int]) -> Iterable[tuple[Any, ...]]:
    """Yield each file of the commits once, in the order of the keys, with its match for the registration.

    A row has the file's key, its path and the commit's key; and of the match key, exercise path, reason and the JSON of
    the candidates as text. Without a match these four are None.
    """
    return _of_commits(MATCHED_FILES, [registration], commits)


def completed_exercises(registrations: Sequence[int], commits: Sequence[int]) -> dict[int, list[str]]:
    """Return the sorted exercise paths that each commit completes, by the commit's key."""
    paths: dict[int, set[str]] = defaultdict(set)
    for commit_id, exercise_path in _of_commits(COMPLETIONS, registrations, commits):
        paths[commit_id].add(exercise_path)
    return {commit_id: sorted(exercise_paths) for commit_id, exercise_paths in paths.items()}


def _of_commits(sql: str, registrations: Sequence[int], commits: Sequence[int]) -> Iterable[tuple[Any, ...]]:
    for keys in batched(commits, KEYS):
        statement = sql.format(registrations=placeholders(registrations) or "NULL", commits=placeholders(keys))
        yield from _rows(statement, [*registrations, *keys])


def _is_exercise(table: str, request: CommitsRequest) -> tuple[str, list[str | int]]:
    """Return the condition for the requested exercise path, "/" for any, and its parameters."""
    if request.path == "/":
        return "1 = 1", []
    if not request.recursive:
        return f"{table}.exercise_path_hash = %s", [text_hash(request.path)]
    below = request.path + "/"
    condition = f"({table}.exercise_path = %s OR SUBSTR({table}.exercise_path, 1, %s) = %s)"
    return condition, [request.path, len(below), below]


def _rows(sql: str, parameters: Sequence[str | int]) -> Iterable[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows
