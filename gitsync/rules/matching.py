"""Which exercise a file of a repository belongs to: values in, a value out. Rules: design notes in docs/wire.md.

    matcher = Matcher("/", exercises)      # prepared once for a registration
    matcher.match("tp1/src/Main.java")     # Result("/tp1/exercice1", "exact", ())

The order of the exercises never matters. Every distinct path is worked out once.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field

from gitsync.rules.name_tokens import DIFFERENT, EQUAL, Part, likeness, parts_of_path
from kernel.ids import is_under, path_parts

ROOT = "/"
REMEMBERED = 20_000  # distinct paths
_EXTENSION = re.compile(r"(?<=.)\.[0-9]*[A-Za-z][A-Za-z0-9]*$")


@dataclass(frozen=True, slots=True)
class Exercise:
    """A watched exercise as the matchers need it; `group_id` "" is the whole course."""

    exercise_path: str
    repo_path: str = ROOT
    source_folder_path: str = ROOT
    completion_keywords: str = ""
    group_id: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """`reason` is exact, fuzzy, ambiguous or none; `candidates` are the exercise paths of a tie, sorted."""

    exercise_path: str
    reason: str
    candidates: tuple[str, ...] = ()


NOTHING = Result(ROOT, "none")


def for_group(exercises: Iterable[Exercise], group_id: str) -> list[Exercise]:
    """What a registration of that group is matched against: for one path the group's own row wins."""
    chosen: dict[str, Exercise] = {}
    for exercise in exercises:
        if exercise.group_id == group_id or (not exercise.group_id and exercise.exercise_path not in chosen):
            chosen[exercise.exercise_path] = exercise
    return [chosen[path] for path in sorted(chosen)]


def for_repository(exercises: Iterable[Exercise], repo_path: str) -> list[Exercise]:
    """Exercises of exactly this repository path; if there are none, those above or below it, on whole parts."""
    exercises = list(exercises)
    same = [exercise for exercise in exercises if exercise.repo_path == repo_path]
    return same or [
        exercise
        for exercise in exercises
        if is_under(exercise.repo_path, repo_path) or is_under(repo_path, exercise.repo_path)
    ]


@dataclass(frozen=True, slots=True)
class _Folder:
    """An exercise's folder, seen from the repository: names and parts, and the names to put before each file."""

    exercise_path: str
    names: list[str]
    parts: tuple[Part, ...]
    before_file: tuple[str, ...]


@dataclass
class Matcher:
    """The exercises of one registration, prepared."""

    repo_path: str
    exercises: Iterable[Exercise]
    _folders: list[_Folder] = field(init=False)
    _known: dict[str, Result] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._folders = [_prepare(one, self.repo_path) for one in for_repository(self.exercises, self.repo_path)]

    def match(self, path: str) -> Result:
        """`path` is a file's, from the root of the repository, with or without its first slash."""
        result = self._known.get(path)
        if result is None:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            result = self._known[path] = self._find(path)
        return result

    def _find(self, path: str) -> Result:
        file = path_parts(unicodedata.normalize("NFC", path))  # macOS writes names decomposed
        seen: dict[tuple[str, ...], tuple[list[str], tuple[Part, ...]]] = {}
        scores: list[tuple[tuple[int, ...], str]] = []
        for folder in self._folders:
            if folder.before_file not in seen:
                names = [*folder.before_file, *file]
                seen[folder.before_file] = names, parts_of_path([*names[:-1], *map(_stem, names[-1:])])
            score = _score(folder, *seen[folder.before_file])
            if score is not None:
                scores.append((score, folder.exercise_path))
        if not scores:
            return NOTHING
        best = max(score for score, _ in scores)
        winners = sorted(exercise_path for score, exercise_path in scores if score == best)
        if len(winners) > 1:
            return Result(ROOT, "ambiguous", tuple(winners))
        return Result(winners[0], "exact" if best[1] else "fuzzy")


def _prepare(exercise: Exercise, repo_path: str) -> _Folder:
    names = path_parts(exercise.source_folder_path)
    before_file: tuple[str, ...] = ()
    here, there = path_parts(repo_path), path_parts(exercise.repo_path)
    if len(there) > len(here):
        names = there[len(here) :] + names
    elif len(here) > len(there):
        before_file = tuple(here[len(there) :])
    return _Folder(exercise.exercise_path, names, parts_of_path(names), before_file)


def _score(folder: _Folder, names: list[str], parts: tuple[Part, ...]) -> tuple[int, ...] | None:
    """(parts matched, inside the folder to the letter, exactness, shorter folder first), or None for no match.

    A root folder matches everything and loses against any other match.
    """
    literal = int(names[: len(folder.names)] == folder.names)
    if literal:
        return len(folder.parts), 1, EQUAL * len(folder.parts), -len(folder.parts)
    found = _in_order(folder.parts, parts)
    if found is None:
        return None
    matched, exactness = found
    return matched, 0, exactness, -len(folder.parts)


def _in_order(folder: tuple[Part, ...], file: tuple[Part, ...]) -> tuple[int, int] | None:
    """The best (matched, exactness) of the folder's parts found in the file's, in order and with the last one."""
    *front, last = folder
    best: tuple[int, int] | None = None
    row: list[tuple[int, int]] | None = None
    for index, part in enumerate(file):
        alike = likeness(last, part)
        if alike == DIFFERENT:
            continue
        if row is None:  # most folders fail on their last part, and never need this
            row = _common(front, file)
        matched, exactness = row[index]
        best = max(best or (0, 0), (matched + 1, exactness + alike))
    return best


def _common(front: list[Part], file: tuple[Part, ...]) -> list[tuple[int, int]]:
    """For each n, the best (matched, exactness) of `front` within the first n parts of the file (weighted LCS)."""
    row = [(0, 0)] * (len(file) + 1)
    for wanted in front:
        above, row = row, [(0, 0)]
        for index, part in enumerate(file):
            best = max(above[index + 1], row[index])
            alike = likeness(wanted, part)
            if alike != DIFFERENT:
                matched, exactness = above[index]
                best = max(best, (matched + 1, exactness + alike))
            row.append(best)
    return row


def _stem(name: str) -> str:
    return _EXTENSION.sub("", name)
