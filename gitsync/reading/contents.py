"""The content of one file as a page shows it: text, or in words why there is none."""

from enum import StrEnum
from typing import NamedTuple

from gitsync.git.charsets import decode_text
from gitsync.git.line_counts import BINARY_BYTES, UNREADABLE
from gitsync.reading.files import File, StoreReader

MAX_TEXT_BYTES = 1_000_000  # a larger file can only be downloaded
MAX_LINK_BYTES = 4_096
LFS_BEGINNING = b"version https://git-lfs.github.com/spec/v1\n"
LFS_BYTES = 1_024  # a pointer is shorter, says the specification of Git LFS
BYTE_ORDER_MARKS = {b"\xff\xfe": b"utf-16", b"\xfe\xff": b"utf-16"}


class Kind(StrEnum):
    TEXT = "text"
    BINARY = "binary"
    TOO_LARGE = "too_large"
    LFS = "lfs"
    LINK = "link"
    SUBMODULE = "submodule"
    DAMAGED = "damaged"


class Content(NamedTuple):
    """A file to show.

    `text` is the text of a text file, the target of a link, or the commit of a submodule. `size` is in bytes; that of
    an LFS file is the size that its pointer names. `is_utf8` is False when the text was read in another charset.
    """

    kind: Kind
    text: str = ""
    size: int = 0
    is_utf8: bool = True

    @property
    def lines(self) -> list[str]:
        """The lines of a text file, without their ends. Only a newline ends a line, as for git."""
        if not self.text:
            return []
        return [line.removesuffix("\r") for line in self.text.removesuffix("\n").split("\n")]


def read_content(reader: StoreReader, file: File) -> Content:
    """Read a file. A large one is not read, and a damaged one raises nothing."""
    if file.is_submodule:
        return Content(Kind.SUBMODULE, file.side.sha.hex())
    try:
        size = reader.size(file)
        if file.is_link:
            target = reader.read(file) if size <= MAX_LINK_BYTES else b""
            return Content(Kind.LINK, decode_text(target), size)
        if size > MAX_TEXT_BYTES:
            return Content(Kind.TOO_LARGE, size=size)
        return content_of(reader.read(file))
    except UNREADABLE:
        return Content(Kind.DAMAGED)


def content_of(raw: bytes) -> Content:
    """Return the content of a regular file with these bytes."""
    if raw.startswith(LFS_BEGINNING) and len(raw) < LFS_BYTES:
        return Content(Kind.LFS, size=_size_of_pointer(raw))
    charset = BYTE_ORDER_MARKS.get(raw[:2], b"")
    if charset:
        return Content(Kind.TEXT, decode_text(raw, charset), len(raw), is_utf8=False)
    if b"\0" in raw[:BINARY_BYTES]:
        return Content(Kind.BINARY, size=len(raw))
    try:
        return Content(Kind.TEXT, raw.decode("utf-8-sig").replace("\0", "\\x00"), len(raw))
    except UnicodeDecodeError:
        return Content(Kind.TEXT, decode_text(raw, b"iso-8859-15"), len(raw), is_utf8=False)


def _size_of_pointer(raw: bytes) -> int:
    for line in raw.splitlines():
        key, _space, value = line.partition(b" ")
        if key == b"size" and value.isdigit() and len(value) < 19:
            return int(value)
    return 0
