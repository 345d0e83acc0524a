"""One rule for the words that people give to things and to themselves.

Two texts that look the same are the same text: composed letters (NFC), one space for any white space, none at the ends.
Characters that nobody sees, and those that turn or hide the text around them, are refused. So are texts that are too
long, and letters with too many marks: to compose a hundred thousand marks takes minutes.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator

from django.utils.translation import gettext as _

# Letters and symbols that Unicode does not call invisible, but that are drawn as nothing or as a blank.
BLANKS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
JOINERS = frozenset("\u200c\u200d")  # zero-width; Persian, Indian and other scripts need them inside a word
LONGEST_LINE = 1_000  # characters; the columns are shorter, and say so themselves
LONGEST_TEXT = 20_000  # characters of a text of several lines
MARKS = 30  # on one letter: the limit of Unicode Standard Annex #15, Stream-Safe Text Format
LINE_BREAKS = re.compile(r"\r\n?|[\u0085\u2028\u2029\v\f]")


class BadWords(ValueError):
    """A text that breaks the rule. The message is a sentence for people."""


def one_line(text: str, *, joiners: bool = False) -> str:
    """Return the text of one line in its one form; "" where only white space was given.

    `joiners` allows zero-width joiners between letters, for names of people. Raises BadWords for an invisible or a
    control character, for a text without any visible one, and for one over LONGEST_LINE.
    """
    words = re.sub(r"\s+", " ", _composed(text, LONGEST_LINE)).strip()
    for bad in _bad_characters(words, joiners=joiners):
        raise _refusal(bad)
    if words and not any(unicodedata.category(letter)[0] in "LNPS" for letter in words):
        raise BadWords(_("This has no visible character."))
    return words


def one_sentence(text: str) -> str:
    """Return a sentence of one line in its one form: as `one_line`, with the signs that `several_lines` allows."""
    return re.sub(r"\s+", " ", several_lines(text, longest=LONGEST_LINE))


def several_lines(text: str, *, longest: int = LONGEST_TEXT) -> str:
    """Return a text of several lines in its one form: composed letters, line breaks as `\\n`, none at the ends.

    Raises BadWords as `one_line` does, but joiners and signs that change how a symbol looks are allowed.
    """
    lines = LINE_BREAKS.sub("\n", _composed(text, longest)).strip()
    for bad in _bad_characters(lines.replace("\n", " ").replace("\t", " "), joiners=True):
        if not _is_variation(bad):
            raise _refusal(bad)
    return lines


def shown_plainly(text: str) -> str:
    """Return the text with a sign in place of each invisible character, for a text that is shown before it is read."""
    bad_letters = set(_bad_characters(text, joiners=True))
    return "".join("\ufffd" if letter in bad_letters else letter for letter in text)


def looks_like(text: str) -> str:
    """Return a key that is the same for texts that only a close look tells apart: case, width, compatible letters.

    Only the first LONGEST_LINE characters count.
    """
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text[:LONGEST_LINE]).casefold())


def find_alike(name: str, others: Iterable[str]) -> str | None:
    """Return the first of the other names that is this name or looks like it, None when there is none."""
    appearance = looks_like(name)
    return next((other for other in others if other == name or looks_like(other) == appearance), None)


def _composed(text: str, longest: int) -> str:
    """Return the text with composed letters. Check first what makes that slow."""
    text = text.strip()
    if len(text) > longest:
        raise BadWords(_("This is longer than %(count)s characters.") % {"count": longest})
    marks = 0
    for letter in "" if text.isascii() else text:
        marks = marks + 1 if unicodedata.combining(letter) else 0
        if marks > MARKS:
            raise BadWords(_("A letter has more than %(count)s accents.") % {"count": MARKS})
    return unicodedata.normalize("NFC", text)


def _bad_characters(text: str, *, joiners: bool) -> Iterator[str]:
    for index, letter in enumerate(text):
        if letter in JOINERS and joiners and _is_inside_a_word(text, index):
            continue
        if letter in BLANKS or unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Co") or _is_variation(letter):
            yield letter


def _is_inside_a_word(text: str, index: int) -> bool:
    around = text[index - 1 : index] + text[index + 1 : index + 2]
    return len(around) == 2 and all(unicodedata.category(letter)[0] in "LMS" for letter in around)


def _is_variation(letter: str) -> bool:
    """Whether this is a variation selector: it has no look of its own."""
    return (
        letter in "\u180b\u180c\u180d\u180f" or "\ufe00" <= letter <= "\ufe0f" or "\U000e0100" <= letter <= "\U000e01ef"
    )


def _refusal(letter: str) -> BadWords:
    return BadWords(_("This contains a character that cannot be seen (U+%(code)s).") % {"code": f"{ord(letter):04X}"})
