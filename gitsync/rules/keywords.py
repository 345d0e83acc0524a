"""Which exercises the first line of a commit's message completes.

A keyword must be there as whole words ("TP 1" is not in "TP 10"), and it must start within the first ten characters,
as in the original. A keyword inside a longer one that is also there ("TP 1" in "TP 1 exercice 2") does not count.
Different keywords complete several exercises. The same keyword of several exercises completes none of them, as in the
original.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable

from gitsync.rules.matching import Exercise
from gitsync.rules.name_tokens import Token, tokenize

STARTS_WITHIN = 10  # characters
# A keyword as (text, is a number) pairs, neighbouring words joined: "Travail pratique 01" is (travailpratique, 1).
Phrase = tuple[tuple[str, bool], ...]


class Keywords:
    """The prepared keywords of some exercises. Results are cached by line."""

    def __init__(self, exercises: Iterable[Exercise]) -> None:
        self._phrases: dict[Phrase, set[str]] = defaultdict(set)
        self._symbols: dict[str, set[str]] = defaultdict(set)  # keywords without letters and digits
        for exercise in exercises:
            keyword = unicodedata.normalize("NFC", exercise.completion_keywords).strip()
            phrase = _phrase(keyword)
            if phrase:
                self._phrases[phrase].add(exercise.exercise_path)
            elif keyword:
                self._symbols[keyword].add(exercise.exercise_path)
        self._cache: dict[str, list[str]] = {}

    def completed_by(self, first_line: str) -> list[str]:
        """Return the paths of the completed exercises, sorted, each once."""
        paths = self._cache.get(first_line)
        if paths is None:
            paths = self._cache[first_line] = self._find(unicodedata.normalize("NFC", first_line))
        return paths

    def _find(self, line: str) -> list[str]:
        hits = [(0, 0, paths) for keyword, paths in self._symbols.items() if keyword in _beginning(line, keyword)]
        spans = []
        tokens = tokenize(line)
        for first, token in enumerate(tokens):
            if token.start >= STARTS_WITHIN:
                break
            for phrase, paths in self._phrases.items():
                end = _end_of_phrase(phrase, tokens, first)
                if end is not None:
                    spans.append((first, end, paths))
        hits += [span for span in spans if not any(_contains(other, span) for other in spans)]
        return sorted({path for _, _, paths in hits if len(paths) == 1 for path in paths})


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


def _end_of_phrase(phrase: Phrase, tokens: list[Token], index: int) -> int | None:
    """Return the index after a phrase that starts at `index`; None when it does not."""
    for text, is_number in phrase:
        read = ""
        while index < len(tokens) and tokens[index].is_number == is_number:
            read += tokens[index].text
            index += 1
            if read == text:
                break
            if is_number or not text.startswith(read):
                return None
        if read != text:
            return None
    return index


def _contains(other: tuple[int, int, set[str]], span: tuple[int, int, set[str]]) -> bool:
    return other[0] <= span[0] and span[1] <= other[1] and (other[1] - other[0]) > (span[1] - span[0])


def _beginning(line: str, keyword: str) -> str:
    return line[: STARTS_WITHIN - 1 + len(keyword)]
