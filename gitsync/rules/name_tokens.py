"""Names as (word, number) parts: the common ground of path matching and keywords.

`Étape_01`, `etape 1` and `ETAPE-1` are all the part (etape, 1). Accents and case are folded, leading zeros dropped,
separators ignored; CamelCase and digits split. Pure and cached: a course has few distinct names.
"""

import re
import unicodedata
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

_MARKS = "\u0300-\u036f"
_PIECE = re.compile(rf"\d+|[^\W\d_](?:[^\W\d_]|[{_MARKS}])*")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


class Piece(NamedTuple):
    """A run of letters or of digits in a text: its folded form and where it starts in the text."""

    text: str
    is_number: bool
    start: int


class Part(NamedTuple):
    """A word with the number after it; either may be absent ("" and None). `tails`: the word's own last words."""

    word: str
    number: str | None
    tails: frozenset[str] = frozenset()


def fold(text: str) -> str:
    """Lower case without accents."""
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def pieces(text: str) -> list[Piece]:
    found = []
    for match in _PIECE.finditer(text):
        run, start = match.group(), match.start()
        if run[0].isdecimal():
            digits = "".join(str(unicodedata.decimal(digit)) for digit in run)
            found.append(Piece(digits.lstrip("0") or "0", True, start))
            continue
        for word in _camel_words(run):
            found.append(Piece(fold(word), False, start))
            start += len(word)
    return [piece for piece in found if piece.text]


def _camel_words(run: str) -> list[str]:
    plain = "".join(unicodedata.normalize("NFD", letter)[0] for letter in run)  # one for one, so that cuts agree
    cuts = [0, *(match.start() for match in _CAMEL.finditer(plain)), len(run)]
    return [run[left:right] for left, right in pairwise(cuts)]


@lru_cache(maxsize=20_000)
def parts_of_name(name: str) -> tuple[Part, ...]:
    """The parts of one folder or file name. A name without letters or digits is a word of its own."""
    found: list[Part] = []
    words: list[str] = []
    for piece in pieces(name):
        if piece.is_number:
            found.append(_part(words, piece.text))
            words = []
        else:
            words.append(piece.text)
    if words:
        found.append(_part(words, None))
    return tuple(found) or (Part(name.casefold(), None),)


def _part(words: list[str], number: str | None) -> Part:
    tails = frozenset("".join(words[index:]) for index in range(1, len(words)))
    return Part("".join(words), number, frozenset(tail for tail in tails if len(tail) > 1))


def parts_of_path(names: list[str]) -> tuple[Part, ...]:
    """The parts of a path; a number alone in its name belongs to the word before it: `tp/3` is `tp3`."""
    found: list[Part] = []
    for name in names:
        own = parts_of_name(name)
        if found and not own[0].word and found[-1].number is None:
            found[-1] = found[-1]._replace(number=own[0].number)
            own = own[1:]
        found.extend(own)
    return tuple(found)


EQUAL, NEAR, DIFFERENT = 2, 1, 0


@lru_cache(maxsize=50_000)
def likeness(left: Part, right: Part) -> int:
    """EQUAL, NEAR (an abbreviation, a one-letter typo, or the last words of a longer name) or DIFFERENT.

    The numbers must be the same, and absent on one side means absent on both.
    """
    if left.number != right.number:
        return DIFFERENT
    if left.word == right.word:
        return EQUAL
    short, long = sorted((left.word, right.word), key=len)
    if len(short) < 2:
        return DIFFERENT
    near = (
        _abbreviates(short, long)
        or (len(short) >= 5 and _one_letter_apart(short, long))
        or left.word in right.tails
        or right.word in left.tails
    )
    return NEAR if near else DIFFERENT


def _abbreviates(short: str, long: str) -> bool:
    """The same first letter, and the letters of `short` in order within `long`: tp ~ travailpratique."""
    if short[0] != long[0]:
        return False
    letters = iter(long)
    return all(letter in letters for letter in short)


def _one_letter_apart(short: str, long: str) -> bool:
    """One letter changed, added or left out."""
    if len(long) - len(short) > 1:
        return False
    index = next((at for at, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    if len(short) == len(long):
        return short[index + 1 :] == long[index + 1 :]
    return short[index:] == long[index + 1 :]
