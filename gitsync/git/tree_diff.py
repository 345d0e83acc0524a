"""The files that differ between two trees, as git finds them.

git walks both trees side by side, in the order in which their entries are stored, and reads any mode as one of five. So
it also has a result for odd trees: with a name twice, in a wrong order, or with modes such as 0100644. There libgit2
has another result or none. This module does the same as git. It reads at most MAX_TREE_BYTES for one commit, because a
few kilobytes of trees that contain each other can stand for billions of files.
"""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple

MAX_FILES = 20_000  # in one commit
MAX_TREE_BYTES = 10_000_000  # of the trees that one commit compares
MAX_PATH_BYTES = 4_096  # no Linux machine can check out a longer path
MAX_PATHS_BYTES = 10_000_000  # of all paths of one commit
MANY = 1_000  # entries of one folder that differ
BYTES_PER_TREE = 200  # counted for a tree in addition to its own bytes
CACHE_BYTES = 4_000_000  # of trees: those of one commit are the older side of the next commit
FILE, EXECUTABLE, LINK, FOLDER, SUBMODULE = 0o100644, 0o100755, 0o120000, 0o040000, 0o160000
KIND = 0o170000  # the bits of a mode that say what an entry is
SHA_BYTES = 20
ENTRY = re.compile(rb"[0-7]{1,99} [^\0]+\0.{20}", re.DOTALL)
# Each match begins where the one before ended. The second half matches the rest of a malformed tree, in one step.
ENTRIES = re.compile(ENTRY.pattern + rb"|.+", re.DOTALL)


class Side(NamedTuple):
    """One side of an entry that differs: one of git's five modes, and the raw sha."""

    mode: int
    sha: bytes


Difference = tuple[bytes, Side | None, Side | None]  # the name, and both sides; None where only the other has it


class Change(NamedTuple):
    """A changed file; `old` is None when it was added, `new` when it was removed."""

    path: bytes
    old: Side | None
    new: Side | None


class TooManyFiles(Exception):
    """The commit changes too many files or too large folders."""


class TreeDiff:
    """Compares trees. `read_tree` returns the bytes of a tree by its raw sha; its errors are passed on."""

    def __init__(self, read_tree: Callable[[bytes], bytes]) -> None:
        self._read_tree = read_tree
        self._cache: dict[bytes, tuple[list[bytes], int]] = {}  # by sha: the raw entries, and the size in bytes
        self._cached_bytes = 0
        self._bytes_left = 0

    def forget(self) -> None:
        """Free the cache."""
        self._cache.clear()
        self._cached_bytes = 0

    def entries(self, sha: bytes) -> list[tuple[bytes, Side]]:
        """Return the names and sides of one tree, in the order in which they are stored.

        Raises TooManyFiles, and ValueError for a malformed tree.
        """
        self._bytes_left = MAX_TREE_BYTES
        return [_entry(raw) for raw in self._read(sha)]

    def changes(self, old: bytes, new: bytes) -> tuple[list[Change], bool]:
        """Return the files that differ, in git's order, and whether files with too long a path were left out.

        `old` and `new` are raw shas; `old` is b"" for a root commit. Raises TooManyFiles, and ValueError for a
        malformed tree.
        """
        self._bytes_left = MAX_TREE_BYTES
        changes: list[Change] = []
        left_out, path_bytes = False, 0
        walks = [(b"", self._differences(old, new))]  # one for each folder on the way down
        while walks:
            prefix, differences = walks[-1]
            for name, before, after in differences:
                path = prefix + name
                if len(path) > MAX_PATH_BYTES:
                    left_out = True
                elif (before or after or NOTHING).mode == FOLDER:
                    walks.append((path + b"/", self._differences((before or NOTHING).sha, (after or NOTHING).sha)))
                    break
                else:
                    path_bytes += len(path)
                    if len(changes) >= MAX_FILES or path_bytes > MAX_PATHS_BYTES:
                        raise TooManyFiles
                    changes.append(Change(path, before, after))
            else:
                walks.pop()
        return changes, left_out

    def _differences(self, old: bytes, new: bytes) -> Iterator[Difference]:
        """Return the entries that differ, side by side."""
        if old == new:
            return iter(())
        before = self._read(old) if old else []
        after = self._read(new) if new else []
        if len(before) == len(after):
            changed = _changed_shas(before, after)
            if changed is not None:
                return iter(changed)
        return _side_by_side(before, after)

    def _read(self, sha: bytes) -> list[bytes]:
        """Return the raw entries of a tree. It counts towards the limit also when it is in the cache."""
        known = self._cache.get(sha)
        if known is None:
            raw = self._read_tree(sha)
            size = len(raw) + BYTES_PER_TREE
            if size > MAX_TREE_BYTES:
                raise TooManyFiles
            known = ENTRIES.findall(raw), size
            if known[0] and not ENTRY.fullmatch(known[0][-1]):
                raise ValueError("a malformed tree")
            if self._cached_bytes + size > CACHE_BYTES:
                self.forget()
            self._cache[sha] = known
            self._cached_bytes += size
        self._bytes_left -= known[1]
        if self._bytes_left < 0:
            raise TooManyFiles
        return known[0]


NOTHING = Side(0, b"")


def _changed_shas(before: list[bytes], after: list[bytes]) -> list[Difference] | None:
    """Return the raw entries that differ, if all of them differ only in their shas, as in most commits.

    None when they differ otherwise, or when there are too many to keep all of them in memory.
    """
    pairs = [pair for pair in zip(before, after, strict=True) if pair[0] != pair[1]]
    if len(pairs) > MANY:
        return None
    changed: list[Difference] = []
    for one, other in pairs:
        start = one[:-SHA_BYTES]
        if start != other[:-SHA_BYTES]:
            return None
        space = start.index(b" ")
        mode = _mode(start[:space])
        changed.append((start[space + 1 : -1], Side(mode, one[-SHA_BYTES:]), Side(mode, other[-SHA_BYTES:])))
    return changed


def _side_by_side(before: list[bytes], after: list[bytes]) -> Iterator[Difference]:
    """Yield the raw entries that differ, as git walks two trees."""
    left = right = 0
    while left < len(before) and right < len(after):
        if before[left] == after[right]:
            left, right = left + 1, right + 1
            continue
        (name, one), (other_name, other) = _entry(before[left]), _entry(after[right])
        order, other_order = _order(name, one), _order(other_name, other)
        if order == other_order:
            left, right = left + 1, right + 1
            if one != other:
                yield name, one, other
        elif order < other_order:
            left += 1
            yield name, one, None
        else:
            right += 1
            yield other_name, None, other
    for raw in before[left:]:
        name, one = _entry(raw)
        yield name, one, None
    for raw in after[right:]:
        name, other = _entry(raw)
        yield name, None, other


def _entry(raw: bytes) -> tuple[bytes, Side]:
    """Return the name of a raw entry, and the rest as a Side."""
    space = raw.index(b" ")
    return raw[space + 1 : -SHA_BYTES - 1], Side(_mode(raw[:space]), raw[-SHA_BYTES:])


@lru_cache(maxsize=100)
def _mode(written: bytes) -> int:
    """Return one of git's five modes, as git reads any other."""
    mode = int(written, 8)
    kind = mode & KIND
    if kind == FILE & KIND:
        return EXECUTABLE if mode & 0o100 else FILE
    return kind if kind in (LINK, FOLDER) else SUBMODULE


def _order(name: bytes, side: Side) -> bytes:
    """Return the key by which git orders names: that of a folder ends with a slash."""
    return name + (b"/" if side.mode == FOLDER else b"\0")
