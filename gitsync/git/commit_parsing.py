"""A commit's bytes as values: whatever they are, some row comes of them."""

import re
from typing import NamedTuple

MESSAGE_CHARACTERS = 50_000
BIGINT = 2**63 - 1
PERSON = re.compile(rb"(?P<name>[^<]*)<(?P<email>[^>]*)>\s*(?P<time>-?[0-9]+)?")


class FileRow(NamedTuple):
    path: str
    path_hash: str
    insertions: int = 0
    deletions: int = 0
    binary: bool = False
    counts_unknown: bool = False


class CommitRow(NamedTuple):
    """`broken`: the commit or its tree could not be read whole. Times are epoch seconds, held within a bigint."""

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
    """The commit without its files, and its tree's sha."""
    head, _blank, message = raw.partition(b"\n\n")
    fields: dict[bytes, bytes] = {}
    parents = []
    for line in head.split(b"\n"):
        word, _space, value = line.partition(b" ")
        if word == b"parent":
            parents.append(value.decode("ascii", "backslashreplace"))
        else:
            fields.setdefault(word, value)
    encoding = fields.get(b"encoding", b"").decode("ascii", "replace")
    author, committer = PERSON.match(fields.get(b"author", b"")), PERSON.match(fields.get(b"committer", b""))
    row = CommitRow(
        sha=sha,
        parents=tuple(parents),
        author_name=text(author["name"].strip(), encoding)[:200] if author else "",
        author_email=text(author["email"].strip(), encoding)[:200] if author else "",
        author_time=_time(author),
        committer_time=_time(committer),
        message=text(message, encoding)[:MESSAGE_CHARACTERS],
        broken=b"tree" not in fields,
    )
    return row, fields.get(b"tree", b"").decode("ascii", "backslashreplace")


def text(raw: bytes, encoding: str = "") -> str:
    """Bytes as text: in the encoding that they claim, else UTF-8; what does not fit, and NUL, as `\\xNN`."""
    try:
        decoded = raw.decode(encoding or "utf-8")
    except (LookupError, UnicodeError, ValueError):
        decoded = raw.decode("utf-8", "backslashreplace")
    decoded = decoded.replace("\0", "\\x00")
    return decoded.encode("utf-8", "backslashreplace").decode() if encoding else decoded  # UTF-8 has no surrogates


def _time(person: re.Match[bytes] | None) -> int:
    if person is None or person["time"] is None or len(person["time"]) > 30:
        return 0 if person is None or person["time"] is None else BIGINT
    return max(-BIGINT, min(BIGINT, int(person["time"])))
