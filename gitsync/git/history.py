"""The only reader of Git objects: which commits are new, and what each of them changed.

Counts equal `git log --numstat -z --no-renames`: against the first parent, merges without rows, roots with all,
binary files 0. Whatever bytes a repository holds become text here, with backslash escapes where they are no UTF-8;
one bad object costs one row, never the walk.
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
from gitsync.git.commit_parsing import CommitRow, FileRow, parse_commit, text
from gitsync.git.failures import Reason, TransportFailed

MAX_COMMITS = 100_000
MAX_FILES = 20_000  # of one commit; the rest is counted as unknown
MAX_BLOB = 50_000_000  # bytes; a larger file is not read, its counts are unknown
WINDOW = 4_000  # commits read before libgit2's caches are emptied: a long history takes no more memory than a short one
REMEMBERED = 64  # commits and trees: a commit is read right after its parent, nearly always
NO_BLOB = pygit2.Oid(hex="0" * 40)  # the other side of an added or a removed file
UNREADABLE = (pygit2.GitError, KeyError, ValueError, TypeError)  # how pygit2 says that an object is bad or missing

# What a machine's own Git settings say must not change what we count.
for _level in (ConfigLevel.SYSTEM, ConfigLevel.XDG, ConfigLevel.GLOBAL, ConfigLevel.PROGRAMDATA):
    pygit2.settings.search_path[_level] = ""
# Every object was hashed when its pack came in. To hash it at each read again would take a sixth of the time; git does
# not either.
pygit2.settings.enable_strict_hash_verification(False)


class History:
    """The commits of one store."""

    def __init__(self, repository: pygit2.Repository) -> None:
        self._repository = repository
        self._header = lru_cache(REMEMBERED)(self._read_header)
        self._tree = lru_cache(REMEMBERED)(self._read_tree)
        self._small: set[pygit2.Oid] = {NO_BLOB}  # blobs that were measured
        self._reads = 0
        self._walked: tuple[list[str], list[str], list[str]] = ([], [], [])

    def close(self) -> None:
        """Let go of everything that is kept in memory; whoever reads on begins anew."""
        self._header.cache_clear()
        self._tree.cache_clear()
        self._small = {NO_BLOB}
        self._repository.free()

    def has(self, sha: str) -> bool:
        return bool(sha) and sha in self._repository.odb

    def between(self, heads: Iterable[str], known: Iterable[str] = ()) -> list[str]:
        """Commits reachable from `heads` and not from `known`, parents first. Unknown shas in `known` are ignored.

        The last answer is remembered: of a repository with one branch, what is new is also what the branch gained.
        """
        wanted = [sha for sha in dict.fromkeys(heads) if sha]
        hidden = [sha for sha in dict.fromkeys(known) if self.has(sha)]
        if not wanted:
            return []
        if self._walked[:2] != (wanted, hidden):
            self._walked = wanted, hidden, self._walk(wanted, hidden)
        return list(self._walked[2])

    def _walk(self, wanted: list[str], hidden: list[str]) -> list[str]:
        try:
            walker = self._repository.walk(None, SortMode.TOPOLOGICAL | SortMode.REVERSE)
            for sha in wanted:
                walker.push(sha)
            for sha in hidden:
                walker.hide(sha)
            found = [str(commit.id) for commit in walker]
        except UNREADABLE:
            found = self._slow_between(wanted, hidden)
        if len(found) > MAX_COMMITS:
            raise TransportFailed(Reason.TOO_MANY_COMMITS, f"{len(found)} of at most {MAX_COMMITS}")
        return found

    def read(self, sha: str) -> CommitRow:
        """One commit with its files; never raises for what the repository holds."""
        self._reads += 1
        if self._reads % WINDOW == 0:
            self.close()
        row, tree = self._header(sha)
        if row.broken or len(row.parents) > 1:
            return row
        try:
            parent = self._header(row.parents[0])[1] if row.parents else ""
            files = {file.path_hash: file for file in self._files(tree, parent)}  # a forged tree may name one twice
            return row._replace(files=tuple(files.values()))
        except UNREADABLE:
            return row._replace(broken=True)

    def _read_header(self, sha: str) -> tuple[CommitRow, str]:
        """The commit without its files, and its tree: from the raw bytes, as libgit2 refuses a bad date."""
        try:
            return parse_commit(sha, self._repository.read(sha)[1])
        except UNREADABLE:
            return CommitRow(sha=sha, broken=True), ""

    def _read_tree(self, sha: str) -> pygit2.Tree:
        return self._repository[sha].peel(pygit2.Tree)

    def _files(self, sha: str, parent: str) -> Iterator[FileRow]:
        """The files of a tree against its first parent's ("" for a root)."""
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
        path, path_hash = _named((old if kind == "D" else new).raw_path)
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
        """git compares the contents when a file becomes a link or a submodule; libgit2 would not."""
        return pygit2.Patch.create_from(self._content(old), self._content(new), context_lines=0)

    def _content(self, side: pygit2.DiffFile) -> bytes:
        if side.mode == FileMode.COMMIT:
            return b"Subproject commit %s\n" % str(side.id).encode()
        return self._repository.read(side.id)[1]

    def _is_huge(self, side: pygit2.DiffFile) -> bool:
        """Each blob is measured once: what is new in a commit is what is old in the next."""
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

    def _slow_between(self, heads: list[str], hidden: list[str]) -> list[str]:
        """The same walk over raw bytes: for histories with a commit that libgit2 cannot parse."""
        seen = set(self._ancestors(hidden, set()))
        return list(self._ancestors(heads, seen))

    def _ancestors(self, tips: list[str], seen: set[str]) -> Iterator[str]:
        """Depth first, each commit after its parents."""
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


def opened(folder: uuid.UUID) -> AbstractContextManager[History]:
    """The history of a store; TransportFailed(broken) when there is none to read."""
    return opened_at(store.path_of(folder))


@contextmanager
def opened_at(path: Path) -> Iterator[History]:
    try:
        repository = pygit2.Repository(str(path))
    except pygit2.GitError as error:
        raise TransportFailed(Reason.BROKEN, "the store cannot be opened") from error
    past = History(repository)
    try:
        yield past
    finally:
        past.close()


@lru_cache(maxsize=10_000)
def _named(raw: bytes) -> tuple[str, str]:
    """A path as text, and the hash of its bytes: a repository has few, and touches each of them often."""
    return text(raw), hashlib.sha256(raw).hexdigest()
