"""Which exercise a file of a repository belongs to. The rules are in docs/wire.md.

    matcher = Matcher("/", exercises)      # prepared once for a registration
    matcher.match("tp1/src/Main.java")     # MatchResult("/tp1/exercice1", "exact", ())

The order of the exercises does not matter. Results are cached by path.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field

from gitsync.rules.name_tokens import DIFFERENT, EQUAL, NamePart, likeness, parts_of_path
from kernel.ids import is_under, path_parts

ROOT = "/"
CACHE_SIZE = 20_000  # distinct paths
_EXTENSION = re.compile(r"(?<=.)\.[0-9]*[A-Za-z][A-Za-z0-9]*$")


@dataclass(frozen=True, slots=True)
class Exercise:
    """A watched exercise, as matching needs it. `group_id` "" means the whole course."""

    exercise_path: str
    repo_path: str = ROOT
    source_folder_path: str = ROOT
    completion_keywords: str = ""
    group_id: str = ""


@dataclass(frozen=True, slots=True)
class MatchResult:
    """The exercise of a file.

    `reason` is exact, fuzzy, ambiguous or none. `candidates` are the exercise paths of a tie, sorted.
    """

    exercise_path: str
    reason: str
    candidates: tuple[str, ...] = ()


NO_MATCH = MatchResult(ROOT, "none")


def exercises_for_group(exercises: Iterable[Exercise], group_id: str) -> list[Exercise]:
    """Return the exercises for a registration of this group.

    For one path the group's own row wins over that of the whole course.
    """
    chosen: dict[str, Exercise] = {}
    for exercise in exercises:
        if exercise.group_id == group_id or (not exercise.group_id and exercise.exercise_path not in chosen):
            chosen[exercise.exercise_path] = exercise
    return [chosen[path] for path in sorted(chosen)]


def exercises_for_repository(exercises: Iterable[Exercise], repo_path: str) -> list[Exercise]:
    """Return the exercises of exactly this repository path; else those above or below it.

    Paths are compared on whole parts.
    """
    exercises = list(exercises)
    same = [exercise for exercise in exercises if exercise.repo_path == repo_path]
    return same or [
        exercise
        for exercise in exercises
        if is_under(exercise.repo_path, repo_path) or is_under(repo_path, exercise.repo_path)
    ]


@dataclass(frozen=True, slots=True)
class _Folder:
    """The folder of an exercise, seen from the repository.

    `names` and `parts` are the folder's. `before_file` are the names to put before the path of each file.
    """

    exercise_path: str
    names: list[str]
    parts: tuple[NamePart, ...]
    before_file: tuple[str, ...]


@dataclass
class Matcher:
    """The exercises of one registration, prepared for matching."""

    repo_path: str
    exercises: Iterable[Exercise]
    _folders: list[_Folder] = field(init=False)
    _cache: dict[str, MatchResult] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        exercises = exercises_for_repository(self.exercises, self.repo_path)
        self._folders = [_folder_of(exercise, self.repo_path) for exercise in exercises]

    def match(self, path: str) -> MatchResult:
        """Return the exercise of a file.

        `path` starts at the root of the repository, with or without a slash.
        """
        result = self._cache.get(path)
        if result is None:
            if len(self._cache) >= CACHE_SIZE:
                self._cache.clear()
            result = self._cache[path] = self._find(path)
        return result

    def _find(self, path: str) -> MatchResult:
        file = path_parts(unicodedata.normalize("NFC", path))  # macOS decomposes names
        prepared: dict[tuple[str, ...], tuple[list[str], tuple[NamePart, ...]]] = {}
        scores: list[tuple[tuple[int, ...], str]] = []
        for folder in self._folders:
            if folder.before_file not in prepared:
                names = [*folder.before_file, *file]
                prepared[folder.before_file] = names, parts_of_path([*names[:-1], *map(_stem, names[-1:])])
            score = _score(folder, *prepared[folder.before_file])
            if score is not None:
                scores.append((score, folder.exercise_path))
        if not scores:
            return NO_MATCH
        best = max(score for score, _ in scores)
        winners = sorted(exercise_path for score, exercise_path in scores if score == best)
        if len(winners) > 1:
            return MatchResult(ROOT, "ambiguous", tuple(winners))
        return MatchResult(winners[0], "exact" if best[1] else "fuzzy")


def _folder_of(exercise: Exercise, repo_path: str) -> _Folder:
    names = path_parts(exercise.source_folder_path)
    before_file: tuple[str, ...] = ()
    ours, theirs = path_parts(repo_path), path_parts(exercise.repo_path)
    if len(theirs) > len(ours):
        names = theirs[len(ours) :] + names
    elif len(ours) > len(theirs):
        before_file = tuple(ours[len(theirs) :])
    return _Folder(exercise.exercise_path, names, parts_of_path(names), before_file)


def _score(folder: _Folder, names: list[str], parts: tuple[NamePart, ...]) -> tuple[int, ...] | None:
    """Return how well a file fits a folder; None for no match. Larger tuples are better.

    The tuple is (parts matched, 1 when the folder's names are exactly the file's first, exactness, minus the folder's
    length). A root folder matches everything and loses against any other match.
    """
    literal = int(names[: len(folder.names)] == folder.names)
    if literal:
        return len(folder.parts), 1, EQUAL * len(folder.parts), -len(folder.parts)
    best = _match_in_order(folder.parts, parts)
    if best is None:
        return None
    matched, exactness = best
    return matched, 0, exactness, -len(folder.parts)


def _match_in_order(folder: tuple[NamePart, ...], file: tuple[NamePart, ...]) -> tuple[int, int] | None:
    """Return the best (matched, exactness) of the folder's parts in the file's, or None.

    The parts must come in order, and the folder's last part must match.
    """
    *front, last = folder
    best: tuple[int, int] | None = None
    row: list[tuple[int, int]] | None = None
    for index, part in enumerate(file):
        alike = likeness(last, part)
        if alike == DIFFERENT:
            continue
        if row is None:  # computed late, because most folders already fail on their last part
            row = _best_prefixes(front, file)
        matched, exactness = row[index]
        best = max(best or (0, 0), (matched + 1, exactness + alike))
    return best


def _best_prefixes(front: list[NamePart], file: tuple[NamePart, ...]) -> list[tuple[int, int]]:
    """Return the best (matched, exactness) of `front` in the first n parts, for each n.

    This is a longest common subsequence, weighted by exactness.
    """
    row = [(0, 0)] * (len(file) + 1)
    for folder_part in front:
        above, row = row, [(0, 0)]
        for index, part in enumerate(file):
            best = max(above[index + 1], row[index])
            alike = likeness(folder_part, part)
            if alike != DIFFERENT:
                matched, exactness = above[index]
                best = max(best, (matched + 1, exactness + alike))
            row.append(best)
    return row


def _stem(name: str) -> str:
    return _EXTENSION.sub("", name)
