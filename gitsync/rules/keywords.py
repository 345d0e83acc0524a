"""Finds the exercises that the first line of a commit's message completes.

A keyword must be present as whole words ("TP 1" is not in "TP 10"). As in the original, it must start within the first
ten characters. A keyword inside a longer one that is also present ("TP 1" in "TP 1 exercice 2") does not count.
Different keywords complete several exercises. The same keyword of several exercises completes none of them, as in the
original.

Only the beginning of a line is read, and the keywords are stored as a tree. So the time for a line depends neither on
its length nor on the number of exercises.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field

from gitsync.rules.matching import Exercise
from gitsync.rules.name_tokens import Token, tokenize

STARTS_WITHIN = 10  # characters
LINE_CHARACTERS = 2_000  # of a line that are looked at; a keyword has at most 1,000
CACHE_SIZE = 5_000  # lines
# A keyword as (text, is a number) pairs, neighbouring words joined: "Travail pratique 01" is (travailpratique, 1).
Phrase = tuple[tuple[str, bool], ...]


@dataclass(slots=True)
class _Node:
    """A node of the tree of keywords: the nodes for the next symbols, and the exercises whose keyword ends here."""

    following: dict[tuple[str, bool], "_Node"] = field(default_factory=dict)
    paths: set[str] = field(default_factory=set)


class Keywords:
    """The prepared keywords of some exercises. Results are cached by line."""

    def __init__(self, exercises: Iterable[Exercise]) -> None:
        self._root = _Node()
        self._symbols: dict[str, set[str]] = {}  # keywords without letters and digits
        self._longest_text = 0
        for exercise in exercises:
            keyword = unicodedata.normalize("NFC", exercise.completion_keywords).strip()
            phrase = _phrase(keyword)
            if phrase:
                self._add(phrase, exercise.exercise_path)
            elif keyword:
                self._symbols.setdefault(keyword, set()).add(exercise.exercise_path)
        self._cache: dict[str, list[str]] = {}

    def completed_by(self, first_line: str) -> list[str]:
        """Return the paths of the completed exercises, sorted, each once."""
        line = first_line[:LINE_CHARACTERS]
        paths = self._cache.get(line)
        if paths is None:
            if len(self._cache) >= CACHE_SIZE:
                self._cache.clear()
            paths = self._cache[line] = self._find(unicodedata.normalize("NFC", line))
        return paths

    def _add(self, phrase: Phrase, exercise_path: str) -> None:
        node = self._root
        for text, is_number in phrase:
            node = node.following.setdefault((text, is_number), _Node())
            self._longest_text = max(self._longest_text, len(text))
        node.paths.add(exercise_path)

    def _find(self, line: str) -> list[str]:
        hits = [paths for keyword, paths in self._symbols.items() if keyword in _beginning(line, keyword)]
        tokens = tokenize(line)
        reached = 0
        for first, token in enumerate(tokens):
            if token.start >= STARTS_WITHIN:
                break
            end, paths = self._longest_keyword(tokens, first)
            if end > reached:  # otherwise it is inside a longer keyword that starts earlier
                reached = end
                hits.append(paths)
        return sorted({path for paths in hits if len(paths) == 1 for path in paths})

    def _longest_keyword(self, tokens: list[Token], first: int) -> tuple[int, set[str]]:
        """Return where the longest keyword that starts at `first` ends, and its exercises; (0, …) for none."""
        node: _Node | None = self._root
        longest: tuple[int, set[str]] = 0, set()
        index = first
        while node is not None and index < len(tokens):
            here, text, is_number = node, "", tokens[index].is_number
            while index < len(tokens) and tokens[index].is_number == is_number and len(text) <= self._longest_text:
                text += tokens[index].text
                index += 1
                node = here.following.get((text, is_number))
                if node is not None and node.paths:
                    longest = index, node.paths
                if is_number:
                    break
        return longest


def first_line(message: str) -> str:
    """Return the first line of a commit's message that is not empty, without trailing spaces."""
    return re.split(r"[\r\n]", message.lstrip("\r\n"), maxsplit=1)[0].rstrip()


def _phrase(keyword: str) -> Phrase:
    phrase: list[tuple[str, bool]] = []
    for token in tokenize(keyword):
        if phrase and not token.is_number and not phrase[-1][1]:
            phrase[-1] = (phrase[-1][0] + token.text, False)
        else:
            phrase.append((token.text, token.is_number))
    return tuple(phrase)


def _beginning(line: str, keyword: str) -> str:
    return line[: STARTS_WITHIN - 1 + len(keyword)]
