"""Parse the raw bytes of a commit into values. Damaged bytes give a result, too.

Everything is cut to the length that is stored before it is decoded. So a large commit takes no more time than a usual
one.
"""

import re
from typing import NamedTuple

from gitsync.git.charsets import decode_beginning
from gitsync.git.remarks import Remark

MESSAGE_CHARACTERS = 50_000
NAME_CHARACTERS = 200
HEADER_BYTES = 200_000  # after the parents; signatures and other headers beyond this are not looked at
MAX_BIGINT = 2**63 - 1
TIME = re.compile(rb"\s*(-?[0-9]{1,30})")
CUT = "…"  # ends a message that was cut


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
    remarks: tuple[Remark, ...] = ()


class _Person(NamedTuple):
    """The author or the committer of a commit, as raw bytes, and the time in epoch seconds."""

    name: bytes = b""
    email: bytes = b""
    time: int = 0


def parse_commit(sha: str, raw: bytes) -> tuple[CommitRow, str]:
    """Return the commit without its files, and the sha of its tree.

    The parents are the lines directly after the tree, as for git.
    """
    end = raw.find(b"\n\n")
    end = len(raw) if end < 0 else end
    tree, position = _header(raw, b"tree ", 0)
    parents = []
    while True:
        parent, position = _header(raw, b"parent ", position)
        if not parent:
            break
        parents.append(parent)
    fields: dict[bytes, bytes] = {}
    for line in raw[position : min(end, position + HEADER_BYTES)].split(b"\n"):
        name, _space, value = line.partition(b" ")
        fields.setdefault(name, value)
    charset = fields.get(b"encoding", b"")
    author = _person(fields.get(b"author", b""))
    committer_time = author.time  # both lines are nearly always the same
    if fields.get(b"committer") != fields.get(b"author"):
        committer_time = _person(fields.get(b"committer", b"")).time
    message, is_cut = decode_beginning(raw[end + 2 :], charset, MESSAGE_CHARACTERS)
    row = CommitRow(
        sha=sha,
        parents=tuple(parents),
        author_name=decode_beginning(author.name, charset, NAME_CHARACTERS)[0],
        author_email=decode_beginning(author.email, charset, NAME_CHARACTERS)[0],
        author_time=author.time,
        committer_time=committer_time,
        message=message[:-1] + CUT if is_cut else message,
        broken=not tree,
        remarks=(Remark.MESSAGE_CUT,) if is_cut else (),
    )
    return row, tree


def _header(raw: bytes, name: bytes, position: int) -> tuple[str, int]:
    """Return the value of the header `name` that starts at `position`, and where the next line starts.

    When another header is there: "" and the same position.
    """
    if not raw.startswith(name, position):
        return "", position
    end = raw.find(b"\n", position)
    end = len(raw) if end < 0 else end
    start = position + len(name)
    return raw[start : min(end, start + 100)].decode("ascii", "backslashreplace"), end + 1


def _person(line: bytes) -> _Person:
    """Parse `name <email> time zone` as git does.

    The email ends at the first ">", and the time comes after the last ">".
    """
    name, opening, rest = line.partition(b"<")
    email, closing, _rest = rest.partition(b">")
    if not (opening and closing):
        return _Person()
    return _Person(name.strip(), email.strip(), _time(rest[rest.rindex(b">") + 1 :]))


def _time(text: bytes) -> int:
    digits = TIME.match(text)
    if digits is None:
        return 0
    return max(-MAX_BIGINT, min(MAX_BIGINT, int(digits[1])))
