"""Which exercises a commit's first line completes: values in, exercise paths out.

A keyword stands as whole words ("TP 1" is not in "TP 10") and starts within the first ten characters, as in the
original. A keyword inside a longer one that also stands there ("TP 1" in "TP 1 exercice 2") does not count. Different
keywords complete several exercises; the very same keyword for several exercises completes none, as in the original.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable

from gitsync.rules.matching import Exercise
from gitsync.rules.name_tokens import Piece, pieces

STARTS_WITHIN = 10
# A phrase: its runs of letters joined, and its numbers, in order: "Travail pratique 01" is (travailpratique, #1).
Phrase = tuple[tuple[str, bool], ...]


class Keywords:
    """The keywords of some exercises, prepared; every distinct line is worked out once."""

    def __init__(self, exercises: Iterable[Exercise]) -> None:
        owners: dict[Phrase, set[str]] = defaultdict(set)
        self._symbols: dict[str, set[str]] = defaultdict(set)
        for exercise in exercises:
            keyword = unicodedata.normalize("NFC", exercise.completion_keywords).strip()
            phrase = _phrase(keyword)
            if phrase:
                owners[phrase].add(exercise.exercise_path)
            elif keyword:
                self._symbols[keyword].add(exercise.exercise_path)
        self._owners = owners
        self._known: dict[str, list[str]] = {}

    def completed_by(self, first_line: str) -> list[str]:
        """Exercise paths, sorted and each once."""
        found = self._known.get(first_line)
        if found is None:
            found = self._known[first_line] = self._find(unicodedata.normalize("NFC", first_line))
        return found

    def _find(self, line: str) -> list[str]:
        hits = [(0, 0, owners) for keyword, owners in self._symbols.items() if keyword in _beginning(line, keyword)]
        spans = []
        words = pieces(line)
        for first, piece in enumerate(words):
            if piece.start >= STARTS_WITHIN:
                break
            for phrase, owners in self._owners.items():
                last = _stands_at(phrase, words, first)
                if last is not None:
                    spans.append((first, last, owners))
        hits += [span for span in spans if not any(_holds(other, span) for other in spans)]
        return sorted({path for _, _, owners in hits if len(owners) == 1 for path in owners})


def first_line(message: str) -> str:
    """The first line of a commit's message, without the spaces around it."""
    return re.split(r"[\r\n]", message.lstrip("\r\n"), maxsplit=1)[0].rstrip()


def _phrase(keyword: str) -> Phrase:
    phrase: list[tuple[str, bool]] = []
    for piece in pieces(keyword):
        if phrase and not piece.is_number and not phrase[-1][1]:
            phrase[-1] = (phrase[-1][0] + piece.text, False)
        else:
            phrase.append((piece.text, piece.is_number))
    return tuple(phrase)


def _stands_at(phrase: Phrase, words: list[Piece], index: int) -> int | None:
    """The index after the phrase where it stands at `index`, or None."""
    for text, is_number in phrase:
        said = ""
        while index < len(words) and words[index].is_number == is_number:
            said += words[index].text
            index += 1
            if said == text:
                break
            if is_number or not text.startswith(said):
                return None
        if said != text:
            return None
    return index


def _holds(other: tuple[int, int, set[str]], span: tuple[int, int, set[str]]) -> bool:
    return other[0] <= span[0] and span[1] <= other[1] and (other[1] - other[0]) > (span[1] - span[0])


def _beginning(line: str, keyword: str) -> str:
    return line[: STARTS_WITHIN - 1 + len(keyword)]
