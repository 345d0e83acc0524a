"""A ZIP of files, made piece by piece while it is sent. Memory holds one file at a time, whatever the whole size.

A ZIP has regular files only. A link, a submodule, and a file that is too large or damaged stand in the list
`NOT-INCLUDED.txt` at its end, with the reason.
"""

import io
import zipfile
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from gitsync.git.line_counts import UNREADABLE
from gitsync.git.tree_diff import EXECUTABLE
from gitsync.reading.files import File, StoreReader
from gitsync.reading.safe_names import SafeNames

MAX_FILE_BYTES = 50_000_000
MAX_BYTES = 500_000_000  # of the files of one student, before they are compressed
MISSING_LIST = "NOT-INCLUDED.txt"
REGULAR, REGULAR_EXECUTABLE = 0o100644 << 16, 0o100755 << 16  # modes, where a ZIP stores those of Unix
EARLIEST = (1980, 1, 1, 0, 0, 0)  # a ZIP knows no earlier time; the same commit gives the same bytes


class Missing(NamedTuple):
    """A file that is not in the ZIP, and why, in English: a ZIP may be read by anybody later."""

    path: str
    reason: str


class ZipStream:
    """Writes a ZIP. Each call gives the bytes that are ready; `finish` gives the rest.

    `missing` lists the files that were left out.
    """

    def __init__(self) -> None:
        self._pipe = _Pipe()
        self._zip = zipfile.ZipFile(self._pipe, "w", zipfile.ZIP_DEFLATED)
        self._names = SafeNames()
        self._names.name(MISSING_LIST)
        self.missing: list[Missing] = []

    def add_files(
        self, reader: StoreReader, files: Iterable[File], *, below: str = "", inside: bytes = b""
    ) -> Iterator[bytes]:
        """Add files and yield bytes. They go `below` this folder of the ZIP, without the folder `inside` of git."""
        left = MAX_BYTES
        for file in files:
            path = f"{below}/{file.name}" if below else file.name
            reason, content = self._read(reader, file, left)
            if reason:
                self.missing.append(Missing(path, reason))
                continue
            left -= len(content)
            shown = File(file.path[len(inside) + 1 :], file.side) if inside else file
            self._add(f"{below}/{shown.name}" if below else shown.name, content, file.side.mode == EXECUTABLE)
            yield self._pipe.take()

    def finish(self) -> Iterator[bytes]:
        """Write the list of missing files, where there are any, and the end of the ZIP."""
        if self.missing:
            text = "".join(f"{row.path}: {row.reason}\n" for row in self.missing)
            self._write(MISSING_LIST, text.encode(errors="backslashreplace"), REGULAR)
        self._zip.close()
        yield self._pipe.take()

    def _read(self, reader: StoreReader, file: File, left: int) -> tuple[str, bytes]:
        """Return the reason why a file is left out, or "" and its content."""
        if file.is_submodule:
            return f"a submodule at {file.side.sha.hex()}", b""
        try:
            if file.is_link:
                return "a symbolic link", b""
            size = reader.size(file)
            if size > MAX_FILE_BYTES:
                return f"too large ({size} bytes)", b""
            if size > left:
                return "the files before it are as large as one ZIP may be", b""
            return "", reader.read(file)
        except UNREADABLE:
            return "damaged or missing in the repository", b""

    def _add(self, path: str, content: bytes, is_executable: bool) -> None:
        self._write(self._names.name(path), content, REGULAR_EXECUTABLE if is_executable else REGULAR)

    def _write(self, name: str, content: bytes, mode: int) -> None:
        entry = zipfile.ZipInfo(name, EARLIEST)
        entry.compress_type, entry.external_attr, entry.create_system = zipfile.ZIP_DEFLATED, mode, 3
        self._zip.writestr(entry, content)


def zip_of_commit(reader: StoreReader, sha: str, folder: bytes = b"") -> Iterator[bytes]:
    """Yield the ZIP of a commit's files below a folder, with paths that begin at the folder.

    Raises Unreadable before the first bytes.
    """
    archive = ZipStream()
    files = reader.files(sha, folder).files
    yield from archive.add_files(reader, files, inside=folder)
    yield from archive.finish()


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
