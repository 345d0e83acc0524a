"""Validation of the Id and the Path of the wire specification (docs/wire.md)."""

import re
import unicodedata
from typing import NoReturn

from django.utils.translation import gettext as _

from kernel.errors import Malformed
from kernel.text.folding import fold_for_search

ID_PATTERN = re.compile(r"[A-Za-z0-9._-]{1,255}")
LIGATURES = str.maketrans({"œ": "oe", "æ": "ae"})  # letters of their own, for Unicode
PROPOSED_LENGTH = 60  # characters
EXACT_FLOATS = 2**53  # larger floats stand for several whole numbers
PART_BYTES = 255
PATH_CHARACTERS = 1000
DECOMPOSED = 4  # the most characters into which Unicode decomposes one character


def id_as_text(value: object) -> object:
    """Return a whole number as the text of its digits, and anything else unchanged.

    Old programs sent ids as JSON numbers, also as 1234500.0.
    """
    if isinstance(value, float) and value.is_integer() and abs(value) < EXACT_FLOATS:
        value = int(value)
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def clean_id(value: object, field: str) -> str:
    """Return a valid Id unchanged: 1 to 255 of `A-Z a-z 0-9 . _ -`, but not `.` or `..`. Raises Malformed.

    A whole number becomes the text of its digits.
    """
    value = id_as_text(value)
    if not isinstance(value, str) or not ID_PATTERN.fullmatch(value) or value in (".", ".."):
        raise Malformed(
            "bad_id",
            _("%(field)s must be 1 to 255 letters, digits, dots, hyphens or underscores.") % {"field": field},
            field=field,
        )
    return value


def proposed_id(title: str, otherwise: str) -> str:
    """Return an Id that follows from a title: the title itself where it is one, else `groupe-01` for "Groupe 01".

    Accents are removed. `otherwise` is the Id of a title without any Latin letter or digit.
    """
    title = title.strip()
    if ID_PATTERN.fullmatch(title) and title not in (".", ".."):
        return title
    letters = re.sub(r"[^a-z0-9._-]+", "-", fold_for_search(title.casefold().translate(LIGATURES)))
    return letters[:PROPOSED_LENGTH].strip("._-") or otherwise


def clean_teacher_id(value: object, field: str = "teacherId") -> str:
    """Return a teacherId: an Id in lower case. Raises Malformed."""
    return clean_id(value, field).lower()


def clean_path(value: object, field: str) -> str:
    """Return a Path: `/` or `/a/b`, in Unicode NFC. Raises Malformed.

    Each part is a Linux file name of at most 255 bytes; the whole has at most 1,000 characters. A missing first slash
    is added; a final slash and empty parts are removed.
    """
    if not isinstance(value, str):
        raise Malformed(
            "bad_path", _("%(field)s must be a path such as /tp1/exercise1.") % {"field": field}, field=field
        )
    if len(value) > DECOMPOSED * PATH_CHARACTERS:  # normalizing a million combining marks takes minutes
        _refuse_long(field)
    parts = [part for part in unicodedata.normalize("NFC", value).split("/") if part]
    for part in parts:
        if part in (".", "..") or "\0" in part or not _encodable(part) or len(part.encode()) > PART_BYTES:
            raise Malformed(
                "bad_path", _("%(field)s has a part that is not a file name.") % {"field": field}, field=field
            )
    path = "/" + "/".join(parts)
    if len(path) > PATH_CHARACTERS:
        _refuse_long(field)
    return path


def _refuse_long(field: str) -> NoReturn:
    sentence = _("%(field)s is longer than 1,000 characters.") % {"field": field}
    raise Malformed("bad_path", sentence, field=field)


def _encodable(part: str) -> bool:
    try:
        part.encode()
    except UnicodeEncodeError:  # a lone surrogate from JSON
        return False
    return True


def path_parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part]


def is_under(path: str, prefix: str) -> bool:
    """Whether `path` is `prefix` or below it. Whole parts are compared: /tp10 is not below /tp1."""
    return prefix == "/" or path == prefix or path.startswith(prefix + "/")
