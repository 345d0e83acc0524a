"""The only reader of Git objects: which commits are new, and what each of them changed.

Counts equal `git log --numstat -z --no-renames`: against the first parent, merges without rows, roots with all,
binary files 0. Whatever bytes a repository holds become text here, with backslash escapes where they are no UTF-8;
one bad object costs one row, never the walk.
"""

import hashlib
import re
import uuid
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pygit2
from pygit2.enums import ConfigLevel, DeltaStatus, DiffOption, FileMode, SortMode

from gitsync import store
from gitsync.failures import Reason, TransportFailed

MAX_COMMITS = 100_000
MAX_FILES = 20_000  # of one commit; the rest is counted as unknown
MAX_BLOB = 50_000_000  # bytes; a larger file is not read, its counts are unknown
MESSAGE_CHARACTERS = 50_000
BIGINT = 2**63 - 1
UNREADABLE = (pygit2.GitError, KeyError, ValueError, TypeError)  # how pygit2 says that an object is bad or missing
PERSON = re.compile(rb"(?P<name>[^<]*)<(?P<email>[^>]*)>\s*(?P<time>-?[0-9]+)?")

# What a machine's own Git settings say must not change what we count.
for _level in (ConfigLevel.SYSTEM, ConfigLevel.XDG, ConfigLevel.GLOBAL, ConfigLevel.PROGRAMDATA):
    pygit2.settings.search_path[_level] = ""


@dataclass(frozen=True)
class FileRow:
    path: str
    path_hash: str
    insertions: int = 0
    deletions: int = 0
    binary: bool = False
    counts_unknown: bool = False


@dataclass(frozen=True)
class CommitRow:
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


class History:
    """The commits of one store."""

    def __init__(self, repository: pygit2.Repository) -> None:
        self._repository = repository

    def has(self, sha: str) -> bool:
        return bool(sha) and sha in self._repository.odb

    def between(self, heads: Iterable[str], known: Iterable[str] = ()) -> list[str]:
        """Commits reachable from `heads` and not from `known`, parents first. Unknown shas in `known` are ignored."""
        wanted = [sha for sha in dict.fromkeys(heads) if sha]
        hidden = [sha for sha in dict.fromkeys(known) if self.has(sha)]
        if not wanted:
            return []
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
        row, tree = self._header(sha)
        if row.broken or len(row.parents) > 1:
            return row
        try:
            parent = self._header(row.parents[0])[1] if row.parents else ""
            files = {file.path_hash: file for file in self._files(tree, parent)}  # a forged tree may name one twice
            return replace(row, files=tuple(files.values()))
        except UNREADABLE:
            return replace(row, broken=True)

    def _header(self, sha: str) -> tuple[CommitRow, str]:
        """The commit without its files, and its tree: read from the raw bytes, as libgit2 refuses a bad date."""
        try:
            _kind, raw = self._repository.read(sha)
        except UNREADABLE:
            return CommitRow(sha=sha, broken=True), ""
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

    def _files(self, sha: str, parent: str) -> Iterator[FileRow]:
        """The files of a tree against its first parent's ("" for a root)."""
        tree = self._repository[sha].peel(pygit2.Tree)
        flags = DiffOption.INCLUDE_TYPECHANGE
        if parent:
            older = self._repository[parent].peel(pygit2.Tree)
            diff = older.diff_to_tree(tree, flags, context_lines=0)
        else:
            diff = tree.diff_to_tree(flags=flags, context_lines=0, swap=True)
        for index, delta in enumerate(diff.deltas):
            if index >= MAX_FILES:
                raise TransportFailed(Reason.TOO_MANY_COMMITS, f"a commit changes more than {MAX_FILES} files")
            side = delta.old_file if delta.status == DeltaStatus.DELETED else delta.new_file
            yield self._file(diff, index, delta, side.raw_path)

    def _file(self, diff: pygit2.Diff, index: int, delta: pygit2.DiffDelta, raw: bytes) -> FileRow:
        path, path_hash = text(raw), hashlib.sha256(raw).hexdigest()
        try:
            if self._is_huge(delta):
                return FileRow(path, path_hash, counts_unknown=True)
            patch = self._type_change(delta) if delta.status == DeltaStatus.TYPECHANGE else diff[index]
            if patch is None or patch.delta.is_binary:
                return FileRow(path, path_hash, binary=True)
            _context, insertions, deletions = patch.line_stats
        except UNREADABLE:
            return FileRow(path, path_hash, counts_unknown=True)
        return FileRow(path, path_hash, insertions, deletions)

    def _type_change(self, delta: pygit2.DiffDelta) -> pygit2.Patch:
        """git compares the contents when a file becomes a link or a submodule; libgit2 would not."""
        old, new = self._content(delta.old_file), self._content(delta.new_file)
        return pygit2.Patch.create_from(old, new, context_lines=0)

    def _content(self, side: pygit2.DiffFile) -> bytes:
        if side.mode == FileMode.COMMIT:
            return b"Subproject commit %s\n" % str(side.id).encode()
        return self._repository.read(side.id)[1]

    def _is_huge(self, delta: pygit2.DiffDelta) -> bool:
        odb = self._repository.odb
        for side in (delta.old_file, delta.new_file):
            if side.mode not in (0, FileMode.COMMIT) and odb.read_header(side.id)[1] > MAX_BLOB:
                return True
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
    try:
        yield History(repository)
    finally:
        repository.free()


def text(raw: bytes, encoding: str = "") -> str:
    """Bytes as text: in the encoding that they claim, else UTF-8; what does not fit, and NUL, as `\\xNN`."""
    try:
        decoded = raw.decode(encoding or "utf-8")
    except (LookupError, UnicodeError, ValueError):
        decoded = raw.decode("utf-8", "backslashreplace")
    decoded = decoded.replace("\0", "\\x00")
    return decoded.encode("utf-8", "backslashreplace").decode()


def _time(person: re.Match[bytes] | None) -> int:
    if person is None or person["time"] is None or len(person["time"]) > 30:
        return 0 if person is None or person["time"] is None else BIGINT
    return max(-BIGINT, min(BIGINT, int(person["time"])))
