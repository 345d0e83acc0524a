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
from pygit2.enums import ConfigLevel, DiffOption, FileMode, SortMode

from gitsync.git import store
from gitsync.git.commit_parsing import CommitRow, FileRow, decode_text, parse_commit
from gitsync.git.failures import Reason, TransportFailed

MAX_COMMITS = 100_000
MAX_FILES = 20_000  # in one commit
MAX_BLOB = 50_000_000  # bytes; a larger file is not read and its counts are unknown
CACHE_RESET = 4_000  # commits read before libgit2's caches are emptied, so that memory does not grow with the history
CACHE_SIZE = 64  # commits and trees; a commit is nearly always read right after its parent
NO_BLOB = pygit2.Oid(hex="0" * 40)  # the other side of an added or removed file
UNREADABLE = (pygit2.GitError, KeyError, ValueError, TypeError)  # pygit2 raises these for a damaged or missing object

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
        self._header = lru_cache(CACHE_SIZE)(self._read_header)
        self._tree = lru_cache(CACHE_SIZE)(self._read_tree)
        self._small: set[pygit2.Oid] = {NO_BLOB}  # blobs known to be at most MAX_BLOB bytes
        self._reads = 0
        self._last_walk: tuple[list[str], list[str], list[str]] = ([], [], [])  # heads, known commits, result

    def close(self) -> None:
        """Free the caches. Reading may go on and fills them again."""
        self._header.cache_clear()
        self._tree.cache_clear()
        self._small = {NO_BLOB}
        self._repository.free()

    def has(self, sha: str) -> bool:
        """Return whether the store contains this object."""
        return bool(sha) and sha in self._repository.odb

    def commits_between(self, heads: Iterable[str], known: Iterable[str] = ()) -> list[str]:
        """Return the commits reachable from `heads` and not from `known`, parents first.

        Shas in `known` that the store lacks are ignored. Raises TransportFailed for more than MAX_COMMITS. The last
        result is cached: in a repository with one branch, the new commits are also those that the branch gained.
        """
        wanted = [sha for sha in dict.fromkeys(heads) if sha]
        hidden = [sha for sha in dict.fromkeys(known) if self.has(sha)]
        if not wanted:
            return []
        if self._last_walk[:2] != (wanted, hidden):
            self._last_walk = wanted, hidden, self._walk(wanted, hidden)
        return list(self._last_walk[2])

    def _walk(self, wanted: list[str], hidden: list[str]) -> list[str]:
        try:
            walker = self._repository.walk(None, SortMode.TOPOLOGICAL | SortMode.REVERSE)
            for sha in wanted:
                walker.push(sha)
            for sha in hidden:
                walker.hide(sha)
            shas = [str(commit.id) for commit in walker]
        except UNREADABLE:
            shas = self._slow_walk(wanted, hidden)
        if len(shas) > MAX_COMMITS:
            raise TransportFailed(Reason.TOO_MANY_COMMITS, f"{len(shas)} of at most {MAX_COMMITS}")
        return shas

    def read_commit(self, sha: str) -> CommitRow:
        """Read a commit with its files.

        A damaged object raises nothing: the row is `broken`, or a file has `counts_unknown`.
        """
        self._reads += 1
        if self._reads % CACHE_RESET == 0:
            self.close()
        row, tree = self._header(sha)
        if row.broken or len(row.parents) > 1:
            return row
        try:
            parent = self._header(row.parents[0])[1] if row.parents else ""
            files = {file.path_hash: file for file in self._files(tree, parent)}  # a forged tree may repeat a path
            return row._replace(files=tuple(files.values()))
        except UNREADABLE:
            return row._replace(broken=True)

    def _read_header(self, sha: str) -> tuple[CommitRow, str]:
        """Return the commit without its files, and the sha of its tree.

        This parses the raw bytes, because libgit2 refuses bad dates.
        """
        try:
            return parse_commit(sha, self._repository.read(sha)[1])
        except UNREADABLE:
            return CommitRow(sha=sha, broken=True), ""

    def _read_tree(self, sha: str) -> pygit2.Tree:
        return self._repository[sha].peel(pygit2.Tree)

    def _files(self, sha: str, parent: str) -> Iterator[FileRow]:
        """Yield the files that differ between two trees; `parent` is "" for a root commit."""
        tree = self._tree(sha)
        flags = DiffOption.INCLUDE_TYPECHANGE
        if parent:
            diff = self._tree(parent).diff_to_tree(tree, flags, context_lines=0)
        else:
            diff = tree.diff_to_tree(flags=flags, context_lines=0, swap=True)
        for index, delta in enumerate(diff.deltas):
            if index >= MAX_FILES:
                raise TransportFailed(Reason.TOO_MANY_COMMITS, f"a commit changes more than {MAX_FILES} files")
            yield self._file(diff, index, delta)

    def _file(self, diff: pygit2.Diff, index: int, delta: pygit2.DiffDelta) -> FileRow:
        old, new, kind = delta.old_file, delta.new_file, delta.status_char()
        path, path_hash = _path_and_hash((old if kind == "D" else new).raw_path)
        try:
            if self._is_huge(old) or self._is_huge(new):
                return FileRow(path, path_hash, counts_unknown=True)
            patch = self._type_change(old, new) if kind == "T" else diff[index]
            if patch is None:
                return FileRow(path, path_hash, binary=True)
            _context, insertions, deletions = patch.line_stats
            binary = not (insertions or deletions) and bool(patch.delta.is_binary)
        except UNREADABLE:
            return FileRow(path, path_hash, counts_unknown=True)
        return FileRow(path, path_hash, insertions, deletions, binary)

    def _type_change(self, old: pygit2.DiffFile, new: pygit2.DiffFile) -> pygit2.Patch:
        """Compare the contents when a file becomes a link or a submodule.

        git does so, libgit2 does not.
        """
        return pygit2.Patch.create_from(self._content(old), self._content(new), context_lines=0)

    def _content(self, side: pygit2.DiffFile) -> bytes:
        if side.mode == FileMode.COMMIT:
            return b"Subproject commit %s\n" % str(side.id).encode()
        return self._repository.read(side.id)[1]

    def _is_huge(self, side: pygit2.DiffFile) -> bool:
        """Return whether a blob is too large to read.

        Each blob is measured once: the new blob of one commit is the old blob of the next.
        """
        blob = side.id
        if blob in self._small or side.mode == FileMode.COMMIT:
            return False
        if self._repository.odb.read_header(blob)[1] > MAX_BLOB:
            return True
        self._small.add(blob)
        return False

    def _is_readable(self, sha: str) -> bool:
        try:
            self._repository.read(sha)
        except UNREADABLE:
            return False
        return True

    def _slow_walk(self, heads: list[str], hidden: list[str]) -> list[str]:
        """Walk over raw bytes, for histories with a commit that libgit2 cannot parse."""
        seen = set(self._ancestors(hidden, set()))
        return list(self._ancestors(heads, seen))

    def _ancestors(self, tips: list[str], seen: set[str]) -> Iterator[str]:
        """Yield unseen ancestors depth first, each commit after its parents."""
        stack = [(tip, False) for tip in reversed(tips)]
        while stack:
            sha, done = stack.pop()
            if done:
                yield sha
            elif sha not in seen:
                if not self._is_readable(sha):
                    raise TransportFailed(Reason.BROKEN, f"commit {sha} is missing or damaged")
                seen.add(sha)
                stack.append((sha, True))
                stack.extend((parent, False) for parent in reversed(self._header(sha)[0].parents) if parent not in seen)


def open_store(folder: uuid.UUID) -> AbstractContextManager[History]:
    """Open the history of a store; raises TransportFailed (broken) when it cannot be opened."""
    return open_path(store.path_of(folder))


@contextmanager
def open_path(path: Path) -> Iterator[History]:
    """Open the history of the repository at this path; raises as `open_store`."""
    try:
        repository = pygit2.Repository(str(path))
    except pygit2.GitError as error:
        raise TransportFailed(Reason.BROKEN, "the store cannot be opened") from error
    history = History(repository)
    try:
        yield history
    finally:
        history.close()


@lru_cache(maxsize=10_000)
def _path_and_hash(raw: bytes) -> tuple[str, str]:
    """Return a path as text, and the hash of its bytes.

    Cached, because a repository has few paths and changes each of them often.
    """
    return decode_text(raw), hashlib.sha256(raw).hexdigest()
