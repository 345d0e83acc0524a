"""The lines that differ in one file between two commits, as `git diff` shows them."""

from collections.abc import Sequence
from typing import NamedTuple

import pygit2

from gitsync.git.charsets import decode_text
from gitsync.git.tree_diff import Change, Side
from gitsync.reading.contents import Content, Kind, read_content
from gitsync.reading.files import File, StoreReader

MAX_LINES = 20_000  # of one diff; a page shows fewer
MAX_COMPARED_LINES = 100_000  # of both sides together; a hostile line takes 4 microseconds
MAX_COMPARED_CHARACTERS = 2_000_000  # of all files of one page


class Line(NamedTuple):
    """A line of a diff. `sign` is "+", "-" or " "; a number is None where that side lacks the line."""

    sign: str
    old_number: int | None
    new_number: int | None
    text: str


class FileDiff(NamedTuple):
    """A changed file. A side that is not text has no lines: `old` and `new` say what it is; None where it is absent.

    `is_cut`: more lines differ than `hunks` has. `insertions` and `deletions` count also those that a page left out.
    """

    path: bytes
    old: Content | None
    new: Content | None
    hunks: list[list[Line]]
    is_cut: bool = False
    insertions: int = 0
    deletions: int = 0

    @property
    def name(self) -> str:
        """The path as text; bytes outside UTF-8 are backslash escapes."""
        return decode_text(self.path)


def diff_file(reader: StoreReader, change: Change) -> FileDiff:
    """Compare the two sides of a changed file. A damaged or large side raises nothing."""
    old, new = _content(reader, change.path, change.old), _content(reader, change.path, change.new)
    if any(content and content.kind != Kind.TEXT for content in (old, new)):
        return FileDiff(change.path, old, new, [])
    hunks, is_cut = _hunks(_text(old), _text(new))
    insertions, deletions = (sum(line.sign == sign for hunk in hunks for line in hunk) for sign in "+-")
    return FileDiff(change.path, old, new, hunks, is_cut, insertions, deletions)


def diff_files(reader: StoreReader, changes: Sequence[Change], max_files: int, max_lines: int) -> list[FileDiff]:
    """Compare the first files: up to `max_files`, until they show `max_lines`, or too much text was compared.

    The last file may show fewer of its lines than differ.
    """
    diffs: list[FileDiff] = []
    lines, compared_lines, characters = max_lines, MAX_COMPARED_LINES, MAX_COMPARED_CHARACTERS
    for change in changes[:max_files]:
        if lines <= 0 or compared_lines <= 0 or characters <= 0:
            break
        diff = _cut(diff_file(reader, change), lines)
        diffs.append(diff)
        lines -= sum(map(len, diff.hunks))
        for side in (diff.old, diff.new):
            text = side.text if side else ""
            characters -= len(text)
            compared_lines -= text.count("\n")
    return diffs


def _cut(diff: FileDiff, max_lines: int) -> FileDiff:
    """Return the diff with its first lines."""
    hunks, left = [], max_lines
    for hunk in diff.hunks:
        if left <= 0:
            break
        hunks.append(hunk[:left])
        left -= len(hunk)
    is_cut = diff.is_cut or sum(map(len, hunks)) < sum(map(len, diff.hunks))
    return diff._replace(hunks=hunks, is_cut=is_cut)


def _content(reader: StoreReader, path: bytes, side: Side | None) -> Content | None:
    return read_content(reader, File(path, side)) if side else None


def _text(content: Content | None) -> bytes:
    return content.text.encode() if content else b""


def _hunks(old: bytes, new: bytes) -> tuple[list[list[Line]], bool]:
    """Return the hunks, and whether lines are missing because there are too many."""
    if old.count(b"\n") + new.count(b"\n") > MAX_COMPARED_LINES:
        return [], True
    patch = pygit2.Patch.create_from(old, new)
    hunks: list[list[Line]] = []
    left = MAX_LINES
    for hunk in patch.hunks:
        lines = [
            Line(line.origin, _number(line.old_lineno), _number(line.new_lineno), _line_text(line.raw_content))
            for line in hunk.lines[:left]
            if line.origin in "+- "
        ]
        hunks.append(lines)
        left -= len(lines)
        if left <= 0:
            return hunks, True
    return hunks, False


def _number(number: int) -> int | None:
    return number if number > 0 else None


def _line_text(raw: bytes) -> str:
    return raw.decode(errors="backslashreplace").removesuffix("\n").removesuffix("\r")
