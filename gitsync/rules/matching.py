"""Which exercise a file of a repository belongs to. The rules are in docs/wire.md.

    matcher = Matcher("/", exercises)      # prepared once for a registration
    matcher.match("tp1/src/Main.java")     # MatchResult("/tp1/exercice1", "exact", ())

The order of the exercises does not matter. Results are cached by path. The time for one path is limited: only its
beginning is compared, and the index of `gitsync/rules/folders.py` finds the few exercises that it may belong to.
"""

import heapq
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice

from gitsync.rules.folders import Folder, Folders, Score
from gitsync.rules.name_tokens import parts_of_path
from kernel.ids import PATH_CHARACTERS, is_under, path_parts

ROOT = "/"
CACHE_SIZE = 20_000  # distinct paths
MAX_CANDIDATES = 20  # of a tie; they are stored with every file
MAX_PARTS = 100  # of a path that are compared by words and numbers
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

    `reason` is exact, fuzzy, ambiguous or none. `candidates` are the exercise paths of a tie, sorted, the first
    MAX_CANDIDATES of them.
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


@dataclass
class Matcher:
    """The exercises of one registration, prepared for matching."""

    repo_path: str
    exercises: Iterable[Exercise]
    _groups: dict[tuple[str, ...], Folders] = field(init=False)  # by the names to put before the path of each file
    _cache: dict[str, MatchResult] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        folders: dict[tuple[str, ...], list[Folder]] = {}
        for exercise in exercises_for_repository(self.exercises, self.repo_path):
            before_file, names = _seen_from(self.repo_path, exercise)
            folder = Folder(exercise.exercise_path, tuple(names), parts_of_path(names))
            folders.setdefault(before_file, []).append(folder)
        self._groups = {before_file: Folders(group) for before_file, group in folders.items()}

    def match(self, path: str) -> MatchResult:
        """Return the exercise of a file.

        `path` starts at the root of the repository, with or without a slash.
        """
        result = self._cache.get(path)
        if result is None:
            if len(self._cache) >= CACHE_SIZE:
                self._cache.clear()
            result = self._cache[path] = self._find(path, only_literal=False)
        return result

    def match_literally(self, path: str) -> MatchResult:
        """Return the exercise whose folder's name is exactly the beginning of the path. This takes almost no time."""
        return self._find(path, only_literal=True)

    def _find(self, path: str, *, only_literal: bool) -> MatchResult:
        # macOS decomposes names. No folder of an exercise is longer than PATH_CHARACTERS.
        file = path_parts(unicodedata.normalize("NFC", path[:PATH_CHARACTERS]))
        scores: list[tuple[Score, Sequence[str]]] = []
        for before_file, folders in self._groups.items():
            names = [*before_file, *file]
            scores += folders.literal_scores(names)
            if not only_literal:
                parts = parts_of_path([*names[:-1], *map(_stem, names[-1:])], MAX_PARTS)
                scores += folders.similar_scores(parts)
        if not scores:
            return NO_MATCH
        best = max(score for score, _ in scores)
        tied = [exercise_paths for score, exercise_paths in scores if score == best]
        winners = tuple(islice(heapq.merge(*tied), MAX_CANDIDATES))
        if len(winners) > 1:
            return MatchResult(ROOT, "ambiguous", winners)
        return MatchResult(winners[0], "exact" if best[1] else "fuzzy")


def _seen_from(repo_path: str, exercise: Exercise) -> tuple[tuple[str, ...], list[str]]:
    """Return the names to put before the path of each file, and those of the exercise's folder."""
    names = path_parts(exercise.source_folder_path)
    ours, theirs = path_parts(repo_path), path_parts(exercise.repo_path)
    if len(theirs) > len(ours):
        return (), theirs[len(ours) :] + names
    return tuple(ours[len(theirs) :]), names


def _stem(name: str) -> str:
    return _EXTENSION.sub("", name)
