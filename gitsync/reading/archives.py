"""A ZIP of files, made piece by piece while it is sent. Memory holds one file at a time, however large the ZIP is.

A ZIP has regular files only. A link, a submodule, and a file that is too large or damaged stand in a list at its end,
with the reason. So does a pointer of Git LFS, which is in the ZIP without the file that it stands for.
"""

import io
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from gitsync.git.line_counts import UNREADABLE
from gitsync.git.tree_diff import EXECUTABLE, MAX_PATH_BYTES
from gitsync.reading.contents import Kind, content_of
from gitsync.reading.files import File, StoreReader
from gitsync.reading.safe_names import SafeNames

MAX_FILE_BYTES = 50_000_000
MAX_BYTES = 500_000_000  # of the files of one student, before they are compressed
MAX_FILES = 20_000  # of one student
MAX_NOTES = 200  # about the files of one student; more are counted
MISSING_LIST = "NOT-INCLUDED.txt"
PIECE = 1_000_000  # bytes of a file that are compressed at once
LONGEST_POINTER = 1_024  # bytes; a larger file is no pointer of Git LFS
REGULAR, REGULAR_EXECUTABLE = 0o100644 << 16, 0o100755 << 16  # modes, where a ZIP stores those of Unix
EARLIEST = (1980, 1, 1, 0, 0, 0)  # a ZIP knows no earlier time; the same commit gives the same bytes


class Note(NamedTuple):
    """A file that is not in the ZIP or not whole, and why, in English: a ZIP may be read by anybody later."""

    path: str
    reason: str


@dataclass
class Section:
    """The files of a ZIP below one folder, "" for the whole ZIP.

    `max_files` and `max_bytes` limit them; `files` and `size` (bytes, not compressed) are those that are in the ZIP.
    `more` counts the notes for which there is no place in the list.
    """

    folder: str = ""
    max_files: int = field(default_factory=lambda: MAX_FILES)
    max_bytes: int = field(default_factory=lambda: MAX_BYTES)
    files: int = 0
    size: int = 0
    notes: list[Note] = field(default_factory=list)
    more: int = 0

    def add_note(self, path: str, reason: str) -> None:
        if len(self.notes) < MAX_NOTES:
            self.notes.append(Note(path, reason))
        else:
            self.more += 1

    def lines(self) -> list[str]:
        """Return the notes as lines. A name cannot begin a line of its own."""
        rows = [f"{one_line(note.path)}: {note.reason}" for note in self.notes]
        return [*rows, f"and {self.more} more"] if self.more else rows


class ZipStream:
    """Writes a ZIP. Each call gives the bytes that are ready; `finish` gives the rest.

    text_name: the name of the text at the end. No file of a repository gets it.
    """

    def __init__(self, text_name: str = MISSING_LIST) -> None:
        self._pipe = _Pipe()
        self._zip = zipfile.ZipFile(self._pipe, "w", zipfile.ZIP_DEFLATED)
        self._names = SafeNames()
        self._text_name = self._names.name(text_name)

    def new_folder(self, name: str) -> str:
        """Return the folder of a student or a team in this ZIP. Each call gives another one."""
        return self._names.folder(name)

    def add_files(self, reader: StoreReader, files: Iterable[File], section: Section) -> Iterator[bytes]:
        """Add files to a section and yield bytes, often empty."""
        for file in files:
            reason, content = self._read(reader, file, section)
            if reason:
                section.add_note(file.name, reason)
                continue
            if len(content) < LONGEST_POINTER and content_of(content).kind == Kind.LFS:
                section.add_note(file.name, "only its pointer is here: the file itself is stored with Git LFS")
            section.files += 1
            section.size += len(content)
            name = self._names.name(file.name, section.folder)
            mode = REGULAR_EXECUTABLE if file.side.mode == EXECUTABLE else REGULAR
            yield from self._write(name, content, mode)

    def finish(self, text: str) -> Iterator[bytes]:
        """Write the text, unless it is empty, and the end of the ZIP."""
        if text:
            yield from self._write(self._text_name, text.encode(errors="backslashreplace"), REGULAR)
        self._zip.close()
        yield self._pipe.take()

    def _read(self, reader: StoreReader, file: File, section: Section) -> tuple[str, bytes]:
        """Return the reason why a file is left out, or "" and its content."""
        if file.is_submodule:
            return f"a submodule at {file.side.sha.hex()}", b""
        try:
            if file.is_link:
                return "a symbolic link", b""
            size = reader.size(file)
            if size > MAX_FILE_BYTES:
                return f"too large ({size} bytes)", b""
            if section.size + size > section.max_bytes:
                return "the files before it are as large as one ZIP may be", b""
            if section.files >= section.max_files:
                return "there are as many files before it as one ZIP may have", b""
            return "", reader.read(file)
        except UNREADABLE:
            return "damaged or missing in the repository", b""

    def _write(self, name: str, content: bytes, mode: int) -> Iterator[bytes]:
        entry = zipfile.ZipInfo(name, EARLIEST)
        entry.compress_type, entry.external_attr, entry.create_system = zipfile.ZIP_DEFLATED, mode, 3
        entry.file_size = len(content)
        view = memoryview(content)
        with self._zip.open(entry, "w") as out:
            for begin in range(0, len(content), PIECE):
                out.write(view[begin : begin + PIECE])
                yield self._pipe.take()
        yield self._pipe.take()


def note_long_paths(section: Section, left_out: bool) -> None:
    if left_out:
        section.add_note("some files", f"their paths have more than {MAX_PATH_BYTES} bytes")


def text_of(section: Section) -> str:
    """Return the list of missing files, "" when there are none."""
    return "".join(f"{line}\n" for line in section.lines())


def one_line(text: str) -> str:
    """Return the text with escapes for control characters and invisible ones, such as newlines."""
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode("ascii") for letter in text
    )


class _Pipe(io.RawIOBase):
    """A file that only grows, and whose bytes are taken away as they come."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: bytes, /) -> int:  # type: ignore[override]
        self._parts.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        taken = b"".join(self._parts)
        self._parts.clear()
        return taken
