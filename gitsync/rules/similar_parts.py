"""An index of (word, number) parts that finds those like a given one without comparing with all of them.

It gives what `name_tokens.likeness` gives for each pair. Parts with another number are never alike. Of the others, only
these can be alike:

- the same word, and an ending of it;
- a word with the same first letter;
- a word in which only the first letter was changed, added or left out.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from gitsync.rules.name_tokens import DIFFERENT, NamePart, likeness

CACHE_SIZE = 20_000  # parts of paths
# Abbreviations and typos are searched among at most so many words with the same number and first letter. These are the
# first ones in alphabetical order. No real course has more.
MAX_COMPARED = 300

Key = tuple[str | None, str]  # a number, and a word or a piece of it


class PartIndex:
    """`keys` gives each part of the folders its key."""

    def __init__(self, keys: Mapping[NamePart, int]) -> None:
        self._keys = keys
        self._words: dict[Key, list[NamePart]] = defaultdict(list)
        self._endings: dict[Key, list[NamePart]] = defaultdict(list)  # endings of several words: of MonAtelier, Atelier
        self._without_first: dict[Key, list[NamePart]] = defaultdict(list)
        self._initials: dict[Key, list[NamePart]] = defaultdict(list)
        for part in sorted(keys, key=lambda part: (part.word, part.number or "", sorted(part.tails))):
            self._words[part.number, part.word].append(part)
            self._without_first[part.number, part.word[1:]].append(part)
            if len(self._initials[part.number, part.word[:1]]) < MAX_COMPARED:
                self._initials[part.number, part.word[:1]].append(part)
            for tail in part.tails:
                self._endings[part.number, tail].append(part)
        self._cache: dict[NamePart, tuple[tuple[int, int], ...]] = {}

    def alike(self, part: NamePart) -> tuple[tuple[int, int], ...]:
        """Return (key, likeness) of the parts that are equal or similar to this one."""
        result = self._cache.get(part)
        if result is None:
            if len(self._cache) >= CACHE_SIZE:
                self._cache.clear()
            result = self._cache[part] = tuple(self._find(part))
        return result

    def _find(self, part: NamePart) -> Iterator[tuple[int, int]]:
        for candidate in dict.fromkeys(self._candidates(part)):
            alike = likeness(candidate, part)
            if alike != DIFFERENT:
                yield self._keys[candidate], alike

    def _candidates(self, part: NamePart) -> Iterator[NamePart]:
        number, word = part.number, part.word
        yield from self._words.get((number, word), ())
        yield from self._initials.get((number, word[:1]), ())
        yield from self._endings.get((number, word), ())
        for tail in part.tails:
            yield from self._words.get((number, tail), ())
        yield from self._without_first.get((number, word[1:]), ())  # the first letter was changed
        yield from self._without_first.get((number, word), ())  # left out
        yield from self._words.get((number, word[1:]), ())  # added
