"""The Id and the Path of the specification, as values: what comes in is cleaned or refused, once, here."""

import re
import unicodedata

from django.utils.translation import gettext as _

from kernel.errors import Malformed

ID_PATTERN = re.compile(r"[A-Za-z0-9._-]{1,255}")
PART_BYTES = 255
PATH_CHARACTERS = 1000


def clean_id(value: object, field: str) -> str:
    """An Id: 1 to 255 of `A-Z a-z 0-9 . _ -`, and neither `.` nor `..`. Kept to the letter."""
    if not isinstance(value, str) or not ID_PATTERN.fullmatch(value) or value in (".", ".."):
        raise Malformed(
            "bad_id",
            _("%(field)s must be 1 to 255 letters, digits, dots, hyphens or underscores.") % {"field": field},
            field=field,
        )
    return value


def clean_teacher_id(value: object, field: str = "teacherId") -> str:
    """A teacherId is an Id in lower case."""
    return clean_id(value, field).lower()


def clean_path(value: object, field: str) -> str:
    """A Path: `/` or `/a/b`; each part a Linux file name in Unicode NFC, 255 bytes each, 1,000 characters in all.

    A missing first slash is added; a final slash and empty parts are dropped.
    """
    if not isinstance(value, str):
        raise Malformed(
            "bad_path", _("%(field)s must be a path such as /tp1/exercise1.") % {"field": field}, field=field
        )
    parts = [part for part in unicodedata.normalize("NFC", value).split("/") if part]
    for part in parts:
        if part in (".", "..") or "\0" in part or not _encodable(part) or len(part.encode()) > PART_BYTES:
            raise Malformed(
                "bad_path", _("%(field)s has a part that is not a file name.") % {"field": field}, field=field
            )
    path = "/" + "/".join(parts)
    if len(path) > PATH_CHARACTERS:
        sentence = _("%(field)s is longer than 1,000 characters.") % {"field": field}
        raise Malformed("bad_path", sentence, field=field)
    return path


def _encodable(part: str) -> bool:
    try:
        part.encode()
    except UnicodeEncodeError:  # a lone surrogate out of JSON
        return False
    return True


def path_parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part]


def is_under(path: str, prefix: str) -> bool:
    """Whether `path` is `prefix` or below it, on whole parts: /tp1 is not above /tp10."""
    return prefix == "/" or path == prefix or path.startswith(prefix + "/")
