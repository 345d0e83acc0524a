"""The folders of exercises, and how well the path of a file fits each.

A course may have ten thousand exercises. So no path is compared with every folder. The parts of all folders are
numbered once. For each part of a path, an index gives the similar parts. Only folders whose last part is among these
get a score.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from gitsync.rules.name_tokens import EQUAL, NamePart
from gitsync.rules.similar_parts import PartIndex

# How well a file fits a folder; larger is better. The values are the number of matched parts, 1 when the folder's names
# are exactly the first names of the file, the exactness, and minus the folder's length. A root folder matches every
# file and is worse than any other match.
Score = tuple[int, int, int, int]
Occurrences = dict[int, list[tuple[int, int]]]  # by the number of a folder's part: (index in the path, likeness)


@dataclass(frozen=True, slots=True)
class Folder:
    """The folder of an exercise, relative to the repository: its names, and their parts."""

    exercise_path: str
    names: tuple[str, ...]
    parts: tuple[NamePart, ...]


@dataclass(frozen=True, slots=True)
class _Numbered:
    """A folder with its parts as numbers.

    `contradictable` has (number, word) of each part that contains a number.
    """

    folder: Folder
    front: tuple[int, ...]
    contradictable: tuple[tuple[int, str], ...]


@dataclass(slots=True)
class _Family:
    """The folders that have the same last part.

    Most of them have no other part in common with a path. Those differ only in length and in the words that could
    contradict them, so they are scored in groups.
    """

    by_front: dict[int, list[_Numbered]] = field(default_factory=lambda: defaultdict(list))
    groups: dict[tuple[frozenset[str], int], list[str]] = field(default_factory=lambda: defaultdict(list))

    def add(self, numbered: _Numbered, last: int) -> None:
        for key in set(numbered.front):
            self.by_front[key].append(numbered)
        words = frozenset(word for key, word in numbered.contradictable if key != last)
        self.groups[words, len(numbered.folder.parts)].append(numbered.folder.exercise_path)

    def present(self, occurrences: Occurrences) -> Iterator[_Numbered]:
        """Yield the folders of which the path has another part too, each once."""
        seen: set[str] = set()
        keys = occurrences if len(occurrences) < len(self.by_front) else self.by_front
        for key in keys:
            if key in occurrences and key in self.by_front:
                for numbered in self.by_front[key]:
                    if numbered.folder.exercise_path not in seen:
                        seen.add(numbered.folder.exercise_path)
                        yield numbered


class Folders:
    """Prepared folders. All lists of exercises that it gives are sorted."""

    def __init__(self, folders: Iterable[Folder]) -> None:
        self._by_names: dict[str, list[str]] = defaultdict(list)  # the exercises, by the names of their folder
        self._families: dict[int, _Family] = defaultdict(_Family)  # by the last part
        self._sizes: dict[str, int] = {}  # the number of parts, by the names of the folder
        self._longest = 0
        numbers: dict[NamePart, int] = {}
        for folder in sorted(folders, key=lambda folder: folder.exercise_path):
            joined = "/".join(folder.names)
            self._by_names[joined].append(folder.exercise_path)
            self._sizes[joined] = len(folder.parts)
            self._longest = max(self._longest, len(folder.names))
            if folder.parts:
                keys = [numbers.setdefault(part, len(numbers)) for part in folder.parts]
                pairs = zip(keys, folder.parts, strict=True)
                contradictable = tuple((key, part.word) for key, part in pairs if part.number is not None)
                self._families[keys[-1]].add(_Numbered(folder, tuple(keys[:-1]), contradictable), keys[-1])
        self._index = PartIndex(numbers)

    def literal_scores(self, names: Sequence[str]) -> Iterator[tuple[Score, Sequence[str]]]:
        """Yield the exercises whose folder's names are exactly the first ones of the file, with their score."""
        beginning = ""
        for length in range(min(len(names), self._longest) + 1):
            if length:
                beginning = f"{beginning}/{names[length - 1]}" if length > 1 else names[0]
            if beginning in self._by_names:
                size = self._sizes[beginning]
                yield (size, 1, EQUAL * size, -size), self._by_names[beginning]

    def similar_scores(self, parts: Sequence[NamePart]) -> Iterator[tuple[Score, Sequence[str]]]:
        """Yield the exercises whose folder is similar to some parts of the file, in order, with their score.

        The folder's last part must match. A part (word, n) of a folder is contradicted when the file has (word, m) and
        nowhere (word, n): then the folder does not fit. A folder that fits literally may be among them; its score here
        is the lower one.
        """
        occurrences: Occurrences = defaultdict(list)
        for place, part in enumerate(parts):
            for key, alike in self._index.alike(part):
                occurrences[key].append((place, alike))
        numbered_words = {part.word for part in parts if part.number is not None}
        known: dict[tuple[int, ...], tuple[int, int]] = {}  # many folders differ in no part of the file
        for last in list(occurrences):
            family = self._families.get(last)
            if family is None:
                continue
            present: set[str] = set()
            for numbered in family.present(occurrences):
                present.add(numbered.folder.exercise_path)
                if any(key not in occurrences and word in numbered_words for key, word in numbered.contradictable):
                    continue
                chain = (*(key for key in numbered.front if key in occurrences), last)
                if chain not in known:
                    known[chain] = _best_in_order(chain, occurrences, len(parts))
                matched, exactness = known[chain]
                yield (matched, 0, exactness, -len(numbered.folder.parts)), [numbered.folder.exercise_path]
            exactness = max(alike for _place, alike in occurrences[last])
            for (words, size), exercise_paths in family.groups.items():
                if words.isdisjoint(numbered_words):
                    others = [path for path in exercise_paths if path not in present] if present else exercise_paths
                    if others:
                        yield (1, 0, exactness, -size), others


def _best_in_order(chain: Sequence[int], occurrences: Occurrences, length: int) -> tuple[int, int]:
    """Return the best (matched, exactness) of the chain in the file; its last part must match.

    This is a longest common subsequence, weighted by exactness.
    """
    *front, last = chain
    row = [(0, 0)] * (length + 1)  # by n: the best result for the chain so far within the first n parts of the file
    for key in front:
        alike_at = dict(occurrences[key])
        above, row = row, [(0, 0)]
        for place in range(length):
            best = max(above[place + 1], row[place])
            alike = alike_at.get(place)
            if alike is not None:
                matched, exactness = above[place]
                best = max(best, (matched + 1, exactness + alike))
            row.append(best)
    return max((row[place][0] + 1, row[place][1] + alike) for place, alike in occurrences[last])
