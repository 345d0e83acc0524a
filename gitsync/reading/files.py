"""The files of a commit, read from a bare store. Nothing is checked out, and no link or submodule is followed."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pygit2
from pygit2.enums import ObjectType

from gitsync.git import store
from gitsync.git.charsets import decode_text
from gitsync.git.commit_parsing import parse_commit
from gitsync.git.failures import Reason, TransportFailed
from gitsync.git.history import object_databases
from gitsync.git.line_counts import UNREADABLE
from gitsync.git.tree_diff import FOLDER, LINK, SUBMODULE, Change, Side, TooManyFiles, TreeDiff


class Unreadable(Exception):
    """The commit, or a folder of it, is missing, damaged or too large to list."""


class File(NamedTuple):
    """A file of a commit. `path` is the raw path from the root of the repository, without a leading slash."""

    path: bytes
    side: Side

    @property
    def name(self) -> str:
        """The path as text; bytes outside UTF-8 are backslash escapes."""
        return decode_text(self.path)

    @property
    def is_link(self) -> bool:
        return self.side.mode == LINK

    @property
    def is_submodule(self) -> bool:
        return self.side.mode == SUBMODULE


class Listing(NamedTuple):
    """The files in git's order. `left_out` says that files with too long a path are missing."""

    files: list[File]
    left_out: bool = False


class StoreReader:
    """Reads the files of one store. `close` lets go of the store."""

    def __init__(self, repository: pygit2.Repository) -> None:
        self._repository = repository
        self._database, self._objects = object_databases(repository)
        self._trees = TreeDiff(self.read_tree)

    def close(self) -> None:
        """Let go of the store's files. Nothing can be read afterwards."""
        self._trees.forget()
        self._repository.free()
        del self._objects, self._database

    def files(self, sha: str, folder: bytes = b"") -> Listing:
        """List the files of a commit below a folder; "" is the whole repository.

        A folder that the commit lacks is empty. Raises Unreadable.
        """
        return self._listing(b"", self.tree_of(sha, folder), folder)

    def changes(self, old: str, new: str, folder: bytes = b"") -> list[Change]:
        """Return the files below the folder that differ between two commits, in git's order.

        `old` is "" for nothing. Raises Unreadable.
        """
        before = self.tree_of(old, folder) if old else b""
        prefix = folder + b"/" if folder else b""
        changes, _left_out = self._compare(before, self.tree_of(new, folder))
        return [change._replace(path=prefix + change.path) for change in changes]

    def tree_of(self, sha: str, folder: bytes = b"") -> bytes:
        """Return the raw sha of a folder's tree; b"" when the commit has no such folder. Raises Unreadable."""
        try:
            row, tree = parse_commit(sha, self._read(sha, ObjectType.COMMIT))
            if row.broken:
                raise Unreadable(sha)
            found = bytes.fromhex(tree)
            for name in filter(None, folder.split(b"/")):
                entries = self._trees.entries(found)
                found = next((side.sha for entry, side in entries if entry == name and side.mode == FOLDER), b"")
                if not found:
                    break
        except (*UNREADABLE, TooManyFiles) as error:
            raise Unreadable(sha) from error
        return found

    def read_tree(self, sha: bytes) -> bytes:
        """Return the bytes of a tree; raises one of UNREADABLE."""
        return self._read(pygit2.Oid(raw=sha), ObjectType.TREE)

    def size(self, file: File) -> int:
        """Return the bytes of a file; raises one of UNREADABLE."""
        return int(self._objects.read_header(pygit2.Oid(raw=file.side.sha))[1])

    def read(self, file: File) -> bytes:
        """Return the content of a file, also the target of a link; raises one of UNREADABLE."""
        return self._read(pygit2.Oid(raw=file.side.sha), ObjectType.BLOB)

    def _read(self, sha: pygit2.Oid | str, expected: ObjectType) -> bytes:
        kind, content = self._objects.read(sha)
        if kind != expected:
            raise ValueError("an object of another kind")
        return content

    def _listing(self, old: bytes, new: bytes, folder: bytes) -> Listing:
        changes, left_out = self._compare(old, new)
        prefix = folder + b"/" if folder else b""
        return Listing([File(prefix + change.path, change.new) for change in changes if change.new], left_out)

    def _compare(self, old: bytes, new: bytes) -> tuple[list[Change], bool]:
        try:
            return self._trees.changes(old, new)
        except (*UNREADABLE, TooManyFiles) as error:
            raise Unreadable("the folders") from error


@contextmanager
def open_path(path: Path) -> Iterator[StoreReader]:
    """Open the repository at this path; raises TransportFailed (broken) when that is not possible."""
    try:
        reader = StoreReader(pygit2.Repository(str(path)))
    except (pygit2.GitError, OSError) as error:
        raise TransportFailed(Reason.BROKEN, "the store cannot be opened") from error
    try:
        yield reader
    finally:
        reader.close()


@contextmanager
def open_store(folder: uuid.UUID) -> Iterator[StoreReader]:
    """Open a store; raises as `open_path`."""
    with open_path(store.path_of(folder)) as reader:
        yield reader
