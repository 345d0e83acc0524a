"""Counts the lines of one file that a commit adds and removes, as `git log --numstat`.

The work for one commit is limited: the bytes that are read, the lines that are compared, and the processor's seconds.
Beyond these limits its files are not counted. A file that only one side has is counted without libgit2, which needs a
hundred bytes of memory for each line.
"""

import math
import time
from typing import NamedTuple

import pygit2
from pygit2.enums import ObjectType

from gitsync.git.tree_diff import SUBMODULE, Change, Side

MAX_BLOB = 50_000_000  # bytes; a larger file is not read
MAX_READ_BYTES = 200_000_000  # of one commit
MAX_COMPARED_LINES = 1_000_000  # of one commit, on both sides together; a hostile line takes 4 microseconds
MAX_SECONDS = 10.0  # of one commit after its first files, when reading itself is slow
FILES_PER_CLOCK = 4  # asking the processor's clock takes as long as a small file
CACHE_BYTES = 2_000_000  # of small blobs: the new blob of one commit is the older one of the next
CACHED_BLOB = 50_000  # bytes of the largest of them
BINARY_BYTES = 8_000  # a file with a NUL in so many first bytes is binary, as for git


class Lines(NamedTuple):
    """The lines that a file gained and lost. `unknown` when it was not counted."""

    insertions: int = 0
    deletions: int = 0
    binary: bool = False
    unknown: bool = False


class Blob(NamedTuple):
    """The content of a file, the newlines in it, and whether git calls it binary. A binary file has no `newlines`."""

    content: bytes = b""
    newlines: int = 0
    binary: bool = False

    @property
    def lines(self) -> int:
        return self.newlines + (not self.content.endswith(b"\n") if self.content else 0)


UNCHANGED, BINARY, NOT_COUNTED = Lines(), Lines(binary=True), Lines(unknown=True)
EMPTY = Blob()
UNREADABLE = (pygit2.GitError, KeyError, ValueError, TypeError)  # pygit2 raises these for a damaged or missing object


class Blobs:
    """The files of commits. Those of one commit are kept for the next: the small ones, and of the large ones the last.

    A large one may be the end of a long chain of deltas, and reading it again would unpack all of them. A file that was
    the older side is not kept any longer, so that memory stays small.
    """

    def __init__(self, objects: pygit2.Odb | pygit2.OdbBackend) -> None:
        self._objects = objects
        self._cache: dict[bytes, Blob] = {}
        self._cached_bytes = 0
        self._last_large = b"", EMPTY  # sha, file

    def forget(self) -> None:
        """Free the cache."""
        self._cache.clear()
        self._cached_bytes = 0
        self._last_large = b"", EMPTY

    def size(self, side: Side, older: Side | None = None) -> int:
        """Return the size in bytes; more than any limit when it is not read.

        It is asked before the blob is read. Where the older side is small, the blob is read at once: it is hardly ever
        large then, and no object of a pack is larger than `packs.OBJECT_BYTES`.
        """
        if side.mode == SUBMODULE:
            return 0
        if older is not None and older.sha in self._cache:
            size = len(self.keep(side).content)
        elif side.sha in self._cache:
            size = len(self._cache[side.sha].content)
        else:
            size = int(self._objects.read_header(pygit2.Oid(raw=side.sha))[1])
        return size if size <= MAX_BLOB else MAX_READ_BYTES + 1

    def take(self, side: Side) -> Blob:
        """Return an older side, and keep it no longer."""
        if side.mode == SUBMODULE:
            return _link(side)
        known = self._cache.pop(side.sha, None)
        if known is None:
            return self._last_large[1] if side.sha == self._last_large[0] else self._read(side)
        self._cached_bytes -= len(known.content)
        return known

    def keep(self, side: Side) -> Blob:
        """Return a newer side, and keep it for the next commit."""
        if side.mode == SUBMODULE:
            return _link(side)
        blob = self._cache.get(side.sha)
        if blob is not None:
            return blob
        if side.sha == self._last_large[0]:
            return self._last_large[1]
        blob = self._read(side)
        if len(blob.content) <= CACHED_BLOB:
            if self._cached_bytes > CACHE_BYTES:
                self.forget()
            self._cache[side.sha] = blob
            self._cached_bytes += len(blob.content)
        elif len(blob.content) <= MAX_BLOB:  # a larger one is not counted, and must not stay in memory
            self._last_large = side.sha, blob
        return blob

    def _read(self, side: Side) -> Blob:
        kind, content = self._objects.read(pygit2.Oid(raw=side.sha))
        if kind != ObjectType.BLOB:
            raise ValueError("not a blob")
        if b"\0" in content[:BINARY_BYTES]:
            return Blob(content, 0, binary=True)
        return Blob(content, content.count(b"\n"))


class LineCounter:
    """Counts the files of one commit; make one for each commit."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self._bytes_left = MAX_READ_BYTES
        self._lines_left = MAX_COMPARED_LINES
        self._files = 0
        self._ends_at, self._late = math.inf, False
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
        blobs = self._blobs
        size = (blobs.size(old) if old else 0) + (blobs.size(new, old) if new else 0)
        if size > self._bytes_left or self._is_late():
            return NOT_COUNTED
        self._bytes_left -= size
        before = blobs.take(old) if old else EMPTY
        after = blobs.keep(new) if new else EMPTY
        if before.binary or after.binary:
            return BINARY
        if old is not None and new is not None and old.sha == new.sha:  # only the mode changed
            return UNCHANGED
        if not before.content or not after.content:
            return Lines(after.lines, before.lines)
        compared = before.newlines + after.newlines
        if compared > self._lines_left:
            return NOT_COUNTED
        self._lines_left -= compared
        patch = pygit2.Patch.create_from(before.content, after.content, context_lines=0)
        _context, insertions, deletions = patch.line_stats
        return Lines(insertions, deletions)

    def _is_late(self) -> bool:
        """Return whether the time is over. It begins with the commit's fourth file."""
        self._files += 1
        if self._files % FILES_PER_CLOCK == 0 and not self._late:
            now = time.thread_time()
            self._ends_at = min(self._ends_at, now + MAX_SECONDS)
            self._late = now >= self._ends_at
        return self._late


def _link(side: Side) -> Blob:
    """Return what git compares for a submodule."""
    return Blob(b"Subproject commit %s\n" % side.sha.hex().encode(), 1)
