"""Repositories with odd files: names, modes, sizes, links, submodules and folders."""

from collections.abc import Callable

import pygit2

from proofs.support.hostile_objects import FILE, FOLDER, MEGABYTE, SUBMODULE, Entry
from proofs.support.odd_repository import Kind, Maker, OddRepository, branch_of

LINK = b"120000"


def _trees(*trees: Callable[[OddRepository], pygit2.Oid]) -> Maker:
    """Commits after each other with these trees, and back to the first."""

    def make(odd: OddRepository) -> str:
        sha = ""
        for tree in (*trees, trees[0]):
            sha = odd.add(tree(odd), *([sha] if sha else []))
        return sha

    return branch_of(make)


def _names(*names: bytes, mode: bytes = FILE) -> Callable[[OddRepository], pygit2.Oid]:
    """A tree of files with these names, in the order of git; each has another content."""
    return lambda odd: odd.tree(
        *((mode, name, odd.blob(b"x\n" * (number + 1))) for number, name in enumerate(sorted(names)))
    )


def _modes(*entries: tuple[bytes, bytes, str]) -> Callable[[OddRepository], pygit2.Oid]:
    """A tree of these entries as they are: mode, name, and `one`, `two`, `binary`, `folder` or `zeros`."""

    def make(odd: OddRepository) -> pygit2.Oid:
        parts = {
            "one": odd.blob(b"1\n"),
            "two": odd.blob(b"1\n2\n"),
            "binary": odd.blob(b"\0\1"),
            "folder": odd.tree((FILE, b"f", odd.blob(b"1\n")), (FILE, b"g", odd.blob(b"2\n"))),
            "zeros": pygit2.Oid(hex="0" * 40),
        }
        return odd.tree(*((mode, name, parts[part]) for mode, name, part in entries))

    return make


def _contents(**files: bytes) -> Callable[[OddRepository], pygit2.Oid]:
    return lambda odd: odd.tree(*((FILE, name.encode(), odd.blob(files[name])) for name in sorted(files)))


def _parts(number: int) -> Callable[[OddRepository], pygit2.Oid]:
    """A path of so many parts, beside a file."""

    def make(odd: OddRepository) -> pygit2.Oid:
        leaf, mode = odd.blob(b"1\n"), FILE
        for _level in range(number - 1):
            leaf, mode = odd.tree((mode, b"d", leaf)), FOLDER
        return odd.tree((FILE, b"a.txt", odd.blob(b"1\n")), (mode, b"d", leaf))

    return make


def _doubled(levels: int) -> Callable[[OddRepository], pygit2.Oid]:
    """A tree that stands for 2^levels files: each folder names the next one twice."""

    def make(odd: OddRepository) -> pygit2.Oid:
        leaf, mode = odd.blob(b"1\n"), FILE
        for _level in range(levels):
            leaf, mode = odd.tree((mode, b"a", leaf), (mode, b"b", leaf)), FOLDER
        return leaf

    return make


def _links(odd: OddRepository) -> pygit2.Oid:
    targets = {b"a": b"b", b"b": b"a", b"etc": b"/etc/passwd", b"self": b"self", b"up": b"../../..", b"zero": b"a\0b"}
    return odd.tree(*((LINK, name, odd.blob(target)) for name, target in targets.items()))


def _submodules(odd: OddRepository) -> pygit2.Oid:
    settings = (
        b'[submodule "../../x"]\n\tpath = -u./id\n\turl = --upload-pack=id\n[submodule "b"]\n\turl = ext::sh -c id\n'
    )
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize 123456789\n" % (b"a" * 64)
    return odd.tree(
        (FILE, b".gitattributes", odd.blob(b"* binary filter=lfs diff=x\n" + b"a" * 3000 + b" -text\n")),
        (FILE, b".gitmodules", odd.blob(settings)),
        (FILE, b".lfsconfig", odd.blob(b"[lfs]\n\turl = http://169.254.169.254/\n")),
        (FILE, b"large.bin", odd.blob(pointer)),
        (SUBMODULE, b"sub", pygit2.Oid(hex="1" * 40)),
        (SUBMODULE, b"zeros", pygit2.Oid(hex="0" * 40)),
    )


def _files(number: int, content: bytes = b"1\n") -> Callable[[OddRepository], pygit2.Oid]:
    return lambda odd: odd.files(number, content=content)


def _git_folders(odd: OddRepository) -> pygit2.Oid:
    hooks = odd.tree((b"100755", b"post-checkout", odd.blob(b"#!/bin/sh\nid\n")))
    entries: list[Entry] = [(FOLDER, name, hooks) for name in (b".", b"..", b".GIT", b".git", b".git ", b"git~1")]
    return odd.tree(*entries, (FOLDER, ".g\u200cit".encode(), hooks))


NFC, NFD = "é.txt".encode(), "e\u0301.txt".encode()
CONTROL = [
    b"a\nb",
    b"a\tb",
    b'"q"',
    b"back\\slash",
    b"-rf",
    b" ",
    b"\x01\x7f",
    b"CON",
    b"a:b",
    b"<b>",
    b"%s",
    b"\xef\xbb\xbf",
]
TREES: dict[str, Kind] = {
    "names in NFC and NFD": Kind(_trees(_names(NFC, NFD), _names(NFC), _names(NFD))),
    "names that differ in case": Kind(_trees(_names(b"A.txt", b"a.txt"), _names(b"a.TXT"))),
    "names in Latin-1": Kind(_trees(_names(b"\xe9t\xe9.txt", b"\xff"), _names("été.txt".encode(), b"\\xff"))),
    "names of control characters": Kind(_trees(_names(*CONTROL), _names(b"x"))),
    "names with slashes": Kind(_trees(_names(b"/etc/passwd", b"a/b", b"a//b", b"a/../b"), _names(b"a", b"b/"))),
    "a path of 1,000 parts": Kind(_trees(_parts(1000), _names(b"x"))),
    "a path of 4,000 parts": Kind(_trees(_parts(4000), _names(b"x")), remark="long_name"),
    "a file name of 70,000 bytes": Kind(_trees(_names(b"a", b"n" * 70_000)), remark="long_name"),
    "20,001 files": Kind(_trees(_names(b"x"), _files(20_001)), remark="files_unknown"),
    "20,000 files, twice": Kind(_trees(_files(20_000), _files(20_000, b"2\n"))),
    "20,000 files, 14 times": Kind(_trees(*(_files(20_000, b"%d\n" % number) for number in range(13)))),
    "a file of 60 MB": Kind(
        _trees(_contents(a=b"1\n"), _contents(a=b"line\n" * (12 * MEGABYTE))), remark="not_counted"
    ),
    "a line of 40 MB": Kind(_trees(_contents(a=b"x" * (40 * MEGABYTE)), _contents(a=b"y" * (40 * MEGABYTE)))),
    "links in a circle": Kind(_trees(_links, _names(b"a", b"etc"))),
    "submodules, LFS, attributes": Kind(_trees(_submodules, _names(b"sub", b"zeros"))),
    "odd modes": Kind(
        _trees(
            _modes((b"100600", b"a", "one"), (b"0100644", b"b", "two"), (b"040000", b"d", "folder")),
            _modes((b"100777", b"a", "two"), (b"0", b"b", "zeros"), (b"40755", b"d", "folder")),
            _modes((b"160000", b"a", "one"), (b"120777", b"b", "binary"), (b"60000", b"d", "one")),
        )
    ),
    "entries twice": Kind(
        _trees(
            _modes((FILE, b"a", "one"), (FILE, b"a", "two"), (FILE, b"d", "one"), (FOLDER, b"d", "folder")),
            _modes((FILE, b"a", "two"), (FILE, b"a", "binary"), (FOLDER, b"d", "folder"), (FOLDER, b"d", "folder")),
            _modes((FILE, b"a", "one")),
        )
    ),
    "entries not in order": Kind(
        _trees(
            _modes((FILE, b"c", "one"), (FOLDER, b"d", "folder"), (FILE, b"a", "two"), (FILE, b"b", "one")),
            _modes((FILE, b"a", "one"), (FILE, b"c", "two"), (FILE, b"b", "one")),
        )
    ),
    ".git and .. in a tree": Kind(_trees(_git_folders, _names(b"x"))),
    "an empty name": Kind(_trees(_modes((FILE, b"", "one"))), reason="broken"),
    "empty folders": Kind(_trees(_modes((FOLDER, b"d", "folder")), lambda odd: odd.tree((FOLDER, b"d", odd.tree())))),
    "a file becomes a folder": Kind(
        _trees(
            _modes((FILE, b"a", "two")),
            _modes((FOLDER, b"a", "folder")),
            _modes((LINK, b"a", "one")),
            _modes((SUBMODULE, b"a", "zeros")),
            _modes((FILE, b"a", "binary")),
        )
    ),
    "a folder that names a file": Kind(_trees(_modes((FOLDER, b"d", "one"))), reason="broken"),
    "2^30 files in 30 folders": Kind(_trees(_names(b"x"), _doubled(30)), remark="files_unknown"),
    "ends of lines": Kind(
        _trees(
            _contents(a=b"1\r2\r3", b=b"1\n2", c=b"\n\n\n", d=b"", e="é\n".encode("utf-16"), f=b"x" * 8000 + b"\0"),
            _contents(a=b"1\n2\n3", b=b"1\n2\n", c=b"\n\n", d=b"\n", e=b"\xff\xfe\n", f=b"x" * 7999 + b"\0"),
        )
    ),
}
