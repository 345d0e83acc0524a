"""Hostile commits, written object by object into a bare repository, as no git client would.

Each function of COMMITS takes an Objects and returns the sha of the branch's commit.
"""

import random
from collections.abc import Callable
from pathlib import Path

import pygit2
from pygit2.enums import ObjectType

PERSON = b"author B <b> 5 +0000\ncommitter B <b> 5 +0000\n"
MEGABYTE = 2**20
ACCENTS = "a\u0301\u0327".encode()  # marks in a wrong order are slow to put in order
FILE, FOLDER, SUBMODULE = b"100644", b"40000", b"160000"
Entry = tuple[bytes, bytes, pygit2.Oid]  # mode, name, object


class Objects:
    """Writes objects into the bare repository at this path."""

    def __init__(self, path: Path) -> None:
        self.odb = pygit2.Repository(str(path)).odb
        self.chance = random.Random(7)

    def blob(self, content: bytes) -> pygit2.Oid:
        return self.odb.write(ObjectType.BLOB, content)

    def tree(self, *entries: Entry) -> pygit2.Oid:
        raw = b"".join(b"%s %s\0%s" % (mode, name, sha.raw) for mode, name, sha in entries)
        return self.odb.write(ObjectType.TREE, raw)

    def commit(
        self, tree: pygit2.Oid | None = None, parent: str = "", *, headers: bytes = PERSON, message: bytes = b"TP1\n"
    ) -> str:
        head = b"tree %s\n" % str(tree or self.tree((FILE, b"a", self.blob(b"1\n")))).encode()
        head += b"parent %s\n" % parent.encode() if parent else b""
        return str(self.odb.write(ObjectType.COMMIT, head + headers + b"\n" + message))

    def files(self, number: int, name: str = "f{:05}", content: bytes = b"1\n") -> pygit2.Oid:
        """Return a tree of so many files with one content."""
        blob = self.blob(content)
        return self.tree(*((FILE, name.format(index).encode(), blob) for index in range(number)))

    def bomb(self, leaf: pygit2.Oid, mode: bytes) -> pygit2.Oid:
        """Return a tree that stands for ten billion entries of this object."""
        for _level in range(10):
            leaf = self.tree(*((mode, b"d%d" % number, leaf) for number in range(10)))
            mode = FOLDER
        return leaf

    def random_lines(self, number: int) -> bytes:
        return b"".join(b"%d\n" % self.chance.randrange(10) for _ in range(number))


def _charset(name: bytes, size: int = 17_000) -> Callable[[Objects], str]:
    return lambda objects: objects.commit(headers=PERSON + b"encoding %s\n" % name, message=b"TP1 \xe9a-" * (size // 7))


def _two_bombs(objects: Objects) -> str:
    first = objects.commit(objects.bomb(objects.blob(b"1\n"), FILE))
    return objects.commit(objects.bomb(objects.blob(b"2\n"), FILE), first)


def _deep(objects: Objects) -> str:
    leaf, mode = objects.blob(b"1\n"), FILE
    for _level in range(1500):  # git itself stops at 2,048 in later versions
        leaf, mode = objects.tree((mode, b"dd", leaf)), FOLDER
    return objects.commit(leaf)


def _long_names(objects: Objects) -> str:
    """Twenty thousand files whose names of 255 letters have nothing in common."""
    letters = b"abcdeTPX12"
    names = (b"%05d" % number + bytes(objects.chance.choices(letters, k=250)) for number in range(20_000))
    blob = objects.blob(b"1\n")
    return objects.commit(objects.tree(*((FILE, name, blob) for name in names)))


def _one_long_name(objects: Objects) -> str:
    blob = objects.blob(b"1\n")
    return objects.commit(objects.tree((FILE, b"a", blob), (FILE, b"n" * 70_000, blob)))


def _large_files_changed(objects: Objects) -> str:
    """Two thousand files of 8 MB, of which all pairs differ."""
    shas: list[str] = []
    for line in (b"x\n", b"y\n"):
        blobs = [objects.blob(b"%d\n" % number + line * (4 * MEGABYTE)) for number in range(4)]
        tree = objects.tree(*((FILE, b"f%05d" % number, blobs[number * 3 % 4]) for number in range(2000)))
        shas.append(objects.commit(tree, shas[-1] if shas else ""))
    return shas[-1]


def _random_lines(objects: Objects) -> str:
    first = objects.commit(objects.tree((FILE, b"a", objects.blob(objects.random_lines(499_000)))))
    return objects.commit(objects.tree((FILE, b"a", objects.blob(objects.random_lines(499_000)))), first)


def _all_files_again_and_again(objects: Objects) -> str:
    """Fifty commits of two hundred bytes, each of which changes twenty thousand files."""
    trees = [objects.files(20_000, content=b"1\n"), objects.files(20_000, content=b"2\n")]
    sha = ""
    for number in range(50):
        sha = objects.commit(trees[number % 2], sha)
    return sha


COMMITS: dict[str, Callable[[Objects], str]] = {
    "charset idna, 17 kB": _charset(b"idna"),
    "charset punycode, 17 kB": _charset(b"punycode"),
    "charset idna, 20 MB": _charset(b"idna", 20 * MEGABYTE),
    "20 MB of marks in a wrong order": lambda objects: objects.commit(message=ACCENTS * 4 * MEGABYTE),
    "an author of 20 MB": lambda objects: objects.commit(
        headers=b"author %s> 5 +0000\ncommitter B <b> 5 +0000\n" % (b"<" * 20 * MEGABYTE)
    ),
    "20 MB of headers": lambda objects: objects.commit(headers=PERSON + b"x y\n" * 5 * MEGABYTE),
    "20,001 files": lambda objects: objects.commit(objects.files(20_001)),
    "20,000 long names": _long_names,
    "a name of 70,000 bytes": _one_long_name,
    "ten billion files": lambda objects: objects.commit(objects.bomb(objects.blob(b"1\n"), FILE)),
    "ten billion empty folders": lambda objects: objects.commit(objects.bomb(objects.tree(), FOLDER)),
    "ten billion changed files": _two_bombs,
    "folders 1,500 deep": _deep,
    "20,000 times a file of 40 MB": lambda objects: objects.commit(objects.files(20_000, content=b"x\n" * 20_000_000)),
    "2,000 files of 8 MB, changed": _large_files_changed,
    "a million random lines": _random_lines,
    "50 commits of 20,000 files": _all_files_again_and_again,
}
