"""Parse the raw bytes of a commit into values. Damaged bytes give a result, too."""

import re
from typing import NamedTuple

MESSAGE_CHARACTERS = 50_000
MAX_BIGINT = 2**63 - 1
PERSON = re.compile(rb"(?P<name>[^<]*)<(?P<email>[^>]*)>\s*(?P<time>-?[0-9]+)?")


class FileRow(NamedTuple):
    """One changed file of a commit; the fields are those of the FileChange model."""

    path: str
    path_hash: str
    insertions: int = 0
    deletions: int = 0
    binary: bool = False
    counts_unknown: bool = False


class CommitRow(NamedTuple):
    """One commit. `broken` means that the commit or its tree could not be read completely.

    Times are epoch seconds, cut to what a bigint column can hold.
    """

    sha: str
    parents: tuple[str, ...] = ()
    author_name: str = ""
    author_email: str = ""
    author_time: int = 0
    committer_time: int = 0
    message: str = ""
    broken: bool = False
    files: tuple[FileRow, ...] = ()


def parse_commit(sha: str, raw: bytes) -> tuple[CommitRow, str]:
    """Return the commit without its files, and the sha of its tree."""
    head, _blank, message = raw.partition(b"\n\n")
    fields: dict[bytes, bytes] = {}
    parents = []
    for line in head.split(b"\n"):
        name, _space, value = line.partition(b" ")
        if name == b"parent":
            parents.append(value.decode("ascii", "backslashreplace"))
        else:
            fields.setdefault(name, value)
    encoding = fields.get(b"encoding", b"").decode("ascii", "replace")
    author, committer = PERSON.match(fields.get(b"author", b"")), PERSON.match(fields.get(b"committer", b""))
    row = CommitRow(
        sha=sha,
        parents=tuple(parents),
        author_name=decode_text(author["name"].strip(), encoding)[:200] if author else "",
        author_email=decode_text(author["email"].strip(), encoding)[:200] if author else "",
        author_time=_time(author),
        committer_time=_time(committer),
        message=decode_text(message, encoding)[:MESSAGE_CHARACTERS],
        broken=b"tree" not in fields,
    )
    return row, fields.get(b"tree", b"").decode("ascii", "backslashreplace")


def decode_text(raw: bytes, encoding: str = "") -> str:
    """Decode bytes in the given encoding, or in UTF-8.

    Bytes that do not fit, and NUL, are written as `\\xNN`.
    """
    try:
        decoded = raw.decode(encoding or "utf-8")
    except (LookupError, UnicodeError, ValueError):
        decoded = raw.decode("utf-8", "backslashreplace")
    decoded = decoded.replace("\0", "\\x00")
    return decoded.encode("utf-8", "backslashreplace").decode() if encoding else decoded  # UTF-8 gives no surrogates


def _time(person: re.Match[bytes] | None) -> int:
    if person is None or person["time"] is None or len(person["time"]) > 30:
        return 0 if person is None or person["time"] is None else MAX_BIGINT
    return max(-MAX_BIGINT, min(MAX_BIGINT, int(person["time"])))
