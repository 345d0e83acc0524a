"""Counts the lines of one file that a commit adds and removes, as `git log --numstat`.

The work for one commit is limited: the bytes that are read, the lines that are compared, and the processor's seconds.
Beyond these limits its files are not counted. A file that only one side has is counted without libgit2, which needs a
hundred bytes of memory for each line.
"""

import time
from typing import NamedTuple

import pygit2
from pygit2.enums import ObjectType

from gitsync.git.tree_diff import SUBMODULE, Change, Side

MAX_BLOB = 50_000_000  # bytes; a larger file is not read
MAX_READ_BYTES = 200_000_000  # of one commit
MAX_COMPARED_LINES = 1_000_000  # of one commit, on both sides together; a hostile line takes 4 microseconds
MAX_SECONDS = 10.0  # of one commit, when reading itself is slow
CACHE_BYTES = 2_000_000  # of small blobs: the new blob of one commit is the older one of the next
CACHED_BLOB = 50_000  # bytes of the largest of them
BINARY_BYTES = 8_000  # a file with a NUL in so many first bytes is binary, as for git


class Lines(NamedTuple):
    """The lines that a file gained and lost. `unknown` when it was not counted."""

    insertions: int = 0
    deletions: int = 0
    binary: bool = False
    unknown: bool = False


NOT_COUNTED = Lines(unknown=True)
UNREADABLE = (pygit2.GitError, KeyError, ValueError, TypeError)  # pygit2 raises these for a damaged or missing object


class Blobs:
    """The contents of files. Small ones are kept for the next commit, and of the large ones the last.

    A large one may be the end of a long chain of deltas, and reading it again would unpack all of them.
    """

    def __init__(self, repository: pygit2.Repository) -> None:
        self._repository = repository
        self._cache: dict[bytes, bytes] = {}
        self._cached_bytes = 0
        self._last_large = b"", b""  # sha, content

    def forget(self) -> None:
        """Free the cache."""
        self._cache.clear()
        self._cached_bytes = 0
        self._last_large = b"", b""

    def size(self, side: Side) -> int:
        """Return the size in bytes without reading the blob; more than any limit when it is not read."""
        if side.mode == SUBMODULE:
            return 0
        known = self._cache.get(side.sha)
        size = len(known) if known is not None else int(self._repository.odb.read_header(pygit2.Oid(raw=side.sha))[1])
        return size if size <= MAX_BLOB else MAX_READ_BYTES + 1

    def content(self, side: Side) -> bytes:
        if side.mode == SUBMODULE:
            return b"Subproject commit %s\n" % side.sha.hex().encode()
        content = self._last_large[1] if side.sha == self._last_large[0] else self._cache.get(side.sha)
        if content is None:
            kind, content = self._repository.read(pygit2.Oid(raw=side.sha))
            if kind != ObjectType.BLOB:
                raise ValueError("not a blob")
            if len(content) <= CACHED_BLOB:
                if self._cached_bytes > CACHE_BYTES:
                    self.forget()
                self._cache[side.sha] = content
                self._cached_bytes += len(content)
            else:
                self._last_large = side.sha, content
        return content


class LineCounter:
    """Counts the files of one commit; make one for each commit."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self._bytes_left = MAX_READ_BYTES
        self._lines_left = MAX_COMPARED_LINES
        self._ends_at = time.thread_time() + MAX_SECONDS
        self._known: dict[tuple[Side | None, Side | None], Lines] = {}  # a commit may have one file ten thousand times

    def count(self, change: Change) -> Lines:
        """Return the counts of a file; a damaged or missing blob raises nothing and is not counted."""
        sides = change.old, change.new
        lines = self._known.get(sides)
        if lines is None:
            try:
                lines = self._known[sides] = self._count(*sides)
            except UNREADABLE:
                lines = self._known[sides] = NOT_COUNTED
        return lines

    def _count(self, old: Side | None, new: Side | None) -> Lines:
        same = old is not None and new is not None and old.sha == new.sha  # only the mode changed
        size = sum(self._blobs.size(side) for side in (old, new) if side)
        if size > self._bytes_left or time.thread_time() > self._ends_at:
            return NOT_COUNTED
        self._bytes_left -= size
        before = self._blobs.content(old) if old else b""
        after = self._blobs.content(new) if new else b""
        if _is_binary(before) or _is_binary(after):
            return Lines(binary=True)
        if not before or not after or same:
            return Lines() if same else Lines(number_of_lines(after), number_of_lines(before))
        compared = before.count(b"\n") + after.count(b"\n")
        if compared > self._lines_left:
            return NOT_COUNTED
        self._lines_left -= compared
        patch = pygit2.Patch.create_from(before, after, context_lines=0)
        _context, insertions, deletions = patch.line_stats
        return Lines(insertions, deletions)


def number_of_lines(content: bytes) -> int:
    return content.count(b"\n") + (not content.endswith(b"\n") if content else 0)


def _is_binary(content: bytes) -> bool:
    return b"\0" in content[:BINARY_BYTES]
