"""Split names into (word, number) parts, which path matching and keywords compare.

`Étape_01`, `etape 1` and `ETAPE-1` are all the part (etape, 1): accents and case are folded, leading zeros dropped,
separators ignored, CamelCase and digits split. The functions are pure and cached, because a course has few distinct
names.
"""

import re
import unicodedata
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

_MARKS = "\u0300-\u036f"
_TOKEN = re.compile(rf"\d+|[^\W\d_](?:[^\W\d_]|[{_MARKS}])*")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


MAX_TAILS = 8  # endings of a word that are compared
NAME_CHARACTERS = 255  # no name of a file is longer on Linux


class Token(NamedTuple):
    """A run of letters or of digits: its folded form, and the index where it starts."""

    text: str
    is_number: bool
    start: int


class NamePart(NamedTuple):
    """A word with the number after it. A missing word is "", a missing number None.

    `tails` are the endings of a word that consists of several: `MonAtelier` has the tail `atelier`.
    """

    word: str
    number: str | None
    tails: frozenset[str] = frozenset()


def fold(text: str) -> str:
    """Return the text in lower case without accents."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def tokenize(text: str) -> list[Token]:
    """Split a text into its words and numbers; leading zeros are dropped."""
    tokens = []
    for match in _TOKEN.finditer(text):
        run, start = match.group(), match.start()
        if run[0].isdecimal():
            digits = "".join(str(unicodedata.decimal(digit)) for digit in run)
            tokens.append(Token(digits.lstrip("0") or "0", True, start))
            continue
        for word in _camel_words(run):
            tokens.append(Token(fold(word), False, start))
            start += len(word)
    return [token for token in tokens if token.text]


def _camel_words(run: str) -> list[str]:
    if run.islower():
        return [run]
    # As long as `run`, so that the same index is valid in both.
    plain = run if run.isascii() else "".join(unicodedata.normalize("NFD", letter)[0] for letter in run)
    cuts = [0, *(match.start() for match in _CAMEL.finditer(plain)), len(run)]
    return [run[left:right] for left, right in pairwise(cuts)]


@lru_cache(maxsize=20_000)
def parts_of_name(name: str) -> tuple[NamePart, ...]:
    """Return the parts of a folder or file name.

    A name without letters and digits is one word.
    """
    parts: list[NamePart] = []
    words: list[str] = []
    for token in tokenize(name):
        if token.is_number:
            parts.append(_part(words, token.text))
            words = []
        else:
            words.append(token.text)
    if words:
        parts.append(_part(words, None))
    return tuple(parts) or (NamePart(name.casefold(), None),)


def _part(words: list[str], number: str | None) -> NamePart:
    tails = frozenset("".join(words[index:]) for index in range(max(1, len(words) - MAX_TAILS), len(words)))
    return NamePart("".join(words), number, frozenset(tail for tail in tails if len(tail) > 1))


def parts_of_path(names: list[str], limit: int | None = None) -> tuple[NamePart, ...]:
    """Return the first parts of a path, at most `limit`.

    A name that is only a number joins the word before it: `tp/3` is `tp3`.
    """
    parts: list[NamePart] = []
    for name in names[:limit]:
        own = parts_of_name(name[:NAME_CHARACTERS])
        if parts and not own[0].word and parts[-1].number is None:
            parts[-1] = parts[-1]._replace(number=own[0].number)
            own = own[1:]
        parts.extend(own)
        if limit is not None and len(parts) >= limit:
            break
    return tuple(parts[:limit])


EQUAL, NEAR, DIFFERENT = 2, 1, 0


@lru_cache(maxsize=50_000)
def likeness(left: NamePart, right: NamePart) -> int:
    """Return EQUAL, NEAR or DIFFERENT.

    NEAR is an abbreviation, a one-letter typo, or the last words of a longer name. The numbers must be the same, and
    a number that is absent on one side must be absent on the other.
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
    """Return whether `long` starts alike and has the other letters of `short` in order.

    So `tp` abbreviates `travailpratique`.
    """
    if short[0] != long[0]:
        return False
    letters = iter(long)
    return all(letter in letters for letter in short)


def _one_letter_apart(short: str, long: str) -> bool:
    """Return whether one letter was changed, added or left out."""
    if len(long) - len(short) > 1:
        return False
    index = next((at for at, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    if len(short) == len(long):
        return short[index + 1 :] == long[index + 1 :]
    return short[index:] == long[index + 1 :]
