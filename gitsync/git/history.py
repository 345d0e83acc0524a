"""The only reader of Git objects: finds new commits and the files that each changed.

Line counts equal `git log --numstat -z --no-renames`: compared with the first parent, a merge has no files, a root
commit has all files, a binary file counts 0. Any bytes of a repository become text here; bytes outside UTF-8 become
backslash escapes. A damaged object costs one row and never stops the walk.
"""

import hashlib
import uuid
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import lru_cache
from pathlib import Path

import pygit2
from pygit2.enums import ConfigLevel, ObjectType

from gitsync.git import store
from gitsync.git.charsets import decode_text
from gitsync.git.commit_order import CommitOrder
from gitsync.git.commit_parsing import CommitRow, FileRow, parse_commit
from gitsync.git.failures import Reason, TransportFailed
from gitsync.git.line_counts import UNREADABLE, Blobs, LineCounter
from gitsync.git.remarks import Remark
from gitsync.git.tree_diff import Change, TooManyFiles, TreeDiff

CACHE_RESET = 4_000  # commits read before libgit2's caches are emptied, so that memory does not grow with the history
HEADERS = 1_000  # commits whose headers are kept: a walk reads them, then their files are read
HEADER_CHARACTERS = 1_000_000  # of the messages that are kept

# The Git settings of a machine must not change our counts.
for _level in (ConfigLevel.SYSTEM, ConfigLevel.XDG, ConfigLevel.GLOBAL, ConfigLevel.PROGRAMDATA):
    pygit2.settings.search_path[_level] = ""
# Every object was hashed when its pack arrived. Hashing it at each read would cost a sixth of the time; git does not
# do it either.
pygit2.settings.enable_strict_hash_verification(False)


class History:
    """The commits of one store."""

    def __init__(self, repository: pygit2.Repository) -> None:
        self._repository = repository
        self._database, self._objects = object_databases(repository)
        self._headers: dict[str, tuple[CommitRow, str]] = {}
        self._header_characters = 0
        self._trees = TreeDiff(self._read_tree)
        self._blobs = Blobs(self._objects)
        self._order = CommitOrder(repository, self._header, self._is_readable)
        self._reads = 0
        self._last_walk: tuple[list[str], list[str], list[str]] = ([], [], [])  # heads, known commits, result

    def close(self) -> None:
        """Let go of the store's files. Nothing can be read afterwards."""
        self._empty_caches()
        del self._blobs, self._objects, self._database

    def _empty_caches(self) -> None:
        self._forget_headers()
        self._trees.forget()
        self._blobs.forget()
        self._repository.free()

    def has(self, sha: str) -> bool:
        """Return whether the store contains this object."""
        return bool(sha) and sha in self._repository.odb

    def commits_between(self, heads: Iterable[str], known: Iterable[str] = ()) -> list[str]:
        """Return the commits reachable from `heads` and not from `known`, parents first.

        Shas in `known` that the store lacks are ignored. Raises TransportFailed for too many commits,
        and for a missing or damaged one. The last result is cached: in a repository with one branch, the new commits
        are also those that the branch gained.
        """
        wanted = [sha for sha in dict.fromkeys(heads) if sha]
        hidden = [sha for sha in dict.fromkeys(known) if self.has(sha)]
        if not wanted:
            return []
        if self._last_walk[:2] != (wanted, hidden):
            self._last_walk = wanted, hidden, self._order.walk(wanted, hidden)
        return list(self._last_walk[2])

    def parents(self, sha: str) -> tuple[str, ...]:
        """Return the parents of a commit; none when it is damaged."""
        return self._header(sha)[0].parents

    def read_commit(self, sha: str) -> CommitRow:
        """Read a commit with its files.

        A damaged or hostile object raises nothing: the row is `broken`, a file has `counts_unknown`, and the row's
        `remarks` say what is missing.
        """
        self._reads += 1
        if self._reads % CACHE_RESET == 0:
            self._empty_caches()
        row, tree = self._header(sha)
        if row.broken:
            return row._replace(remarks=(*row.remarks, Remark.DAMAGED))
        if len(row.parents) > 1:
            return row
        try:
            parent = bytes.fromhex(self._header(row.parents[0])[1]) if row.parents else b""
            changes, left_out = self._trees.changes(parent, bytes.fromhex(tree))
        except TooManyFiles:
            return row._replace(remarks=(*row.remarks, Remark.FILES_UNKNOWN))
        except UNREADABLE:
            return row._replace(broken=True, remarks=(*row.remarks, Remark.DAMAGED))
        return self._with_files(row, changes, left_out=left_out)

    def _with_files(self, row: CommitRow, changes: Iterable[Change], *, left_out: bool) -> CommitRow:
        counter = LineCounter(self._blobs)
        files: dict[str, FileRow] = {}
        for change in changes:
            path, path_hash = _path_and_hash(change.path)
            file = FileRow(path, path_hash, *counter.count(change))
            twin = files.get(path_hash)  # a forged tree may contain a name twice
            files[path_hash] = file if twin is None else _added(twin, file)
        remarks = [*row.remarks, Remark.LONG_NAME] if left_out else [*row.remarks]
        if any(file.counts_unknown for file in files.values()):
            remarks.append(Remark.NOT_COUNTED)
        return row._replace(files=tuple(files.values()), remarks=tuple(remarks))

    def _header(self, sha: str) -> tuple[CommitRow, str]:
        """Return the result of `_read_header`, from a cache where it is known."""
        header = self._headers.get(sha)
        if header is None:
            header = self._read_header(sha)
            if len(self._headers) > HEADERS or self._header_characters > HEADER_CHARACTERS:
                self._forget_headers()
            self._headers[sha] = header
            self._header_characters += len(header[0].message)
        return header

    def _forget_headers(self) -> None:
        self._headers.clear()
        self._header_characters = 0

    def _read_header(self, sha: str) -> tuple[CommitRow, str]:
        """Return the commit without its files, and the sha of its tree.

        This parses the raw bytes, because libgit2 refuses bad dates.
        """
        try:
            return parse_commit(sha, self._objects.read(sha)[1])
        except UNREADABLE:
            return CommitRow(sha=sha, broken=True), ""

    def _read_tree(self, sha: bytes) -> bytes:
        kind, content = self._objects.read(pygit2.Oid(raw=sha))
        if kind != ObjectType.TREE:
            raise ValueError("not a tree")
        return content

    def _is_readable(self, sha: str) -> bool:
        try:
            self._objects.read(sha)
        except UNREADABLE:
            return False
        return True


def open_store(folder: uuid.UUID) -> AbstractContextManager[History]:
    """Open the history of a store; raises TransportFailed (broken) when it cannot be opened."""
    return open_path(store.path_of(folder))


@contextmanager
def open_path(path: Path) -> Iterator[History]:
    """Open the history of the repository at this path; raises as `open_store`."""
    try:
        history = History(pygit2.Repository(str(path)))
    except (pygit2.GitError, OSError) as error:
        raise TransportFailed(Reason.BROKEN, "the store cannot be opened") from error
    try:
        yield history
    finally:
        history.close()


def object_databases(repository: pygit2.Repository) -> tuple[pygit2.Odb, pygit2.Odb | pygit2.OdbBackend]:
    """Return the database that must live as long as its reader, and the reader of its objects.

    Where there are only packs, as in every store, both look for objects only there. libgit2 otherwise asks the disk for
    a file of the object's name, at each read. The reader of packs takes half the time of the database, which makes an
    enum member of each object's kind.
    """
    objects = Path(repository.path, "objects")
    if not {path.name for path in objects.iterdir()} <= {"info", "pack"}:
        return repository.odb, repository.odb
    packs, database = pygit2.OdbBackendPack(str(objects)), pygit2.Odb()
    database.add_backend(packs, 1)
    repository.set_odb(database)
    return database, packs


def _added(one: FileRow, other: FileRow) -> FileRow:
    """Return one row for a path that git lists twice: the sums, and binary only when both are binary."""
    return one._replace(
        insertions=one.insertions + other.insertions,
        deletions=one.deletions + other.deletions,
        binary=one.binary and other.binary,
        counts_unknown=one.counts_unknown or other.counts_unknown,
    )


@lru_cache(maxsize=10_000)
def _path_and_hash(raw: bytes) -> tuple[str, str]:
    """Return a path as text, and the hash of its bytes.

    Cached, because a repository has few paths and changes each of them often.
    """
    return decode_text(raw), hashlib.sha256(raw).hexdigest()
